/** The engine's one public face. Hosts call `createEngine` with ports and talk to the services of `api.ts`. */
import type { Engine, EngineContext, EngineOptions, EnginePorts } from './api.js';
import { createAuditService } from './audit/service.js';
import { openCollector } from './collector/open.js';
import { createConfigService } from './config/service.js';
import { runDoctor } from './doctor.js';
import { createEvaluationService } from './evaluation/service.js';
import { createFeedbackService } from './feedback/service.js';
import { initWorkspace } from './init.js';
import { createOptimizerService } from './optimizer/service.js';
import { createPromptService } from './prompts/service.js';
import { createScoreService } from './scoring/service.js';
import { createVersionService } from './versions/service.js';

export function createEngine(ports: EnginePorts, options: EngineOptions): Engine {
  let trusted = options.trusted;
  const context: EngineContext = { root: options.root, options, ports, isTrusted: () => trusted };
  const config = createConfigService(context);
  const prompts = createPromptService(context, { config });
  const audit = createAuditService(context);
  const versions = createVersionService(context, { prompts, audit });
  const feedback = createFeedbackService(context, { config, prompts, versions, audit });
  const scoring = createScoreService(context, { config, prompts, versions, feedback });
  const evaluation = createEvaluationService(context, { config, prompts, versions, audit, feedback });
  const optimizer = createOptimizerService(context, { config, prompts, versions, feedback, scoring, evaluation, audit });
  return {
    root: options.root,
    config,
    prompts,
    feedback,
    scoring,
    evaluation,
    optimizer,
    versions,
    audit,
    doctor: (signal) => runDoctor(context, { config, prompts, feedback, evaluation, audit }, signal),
    init: (request) => initWorkspace(context, request),
    openCollector: () => openCollector(context, config),
    get trusted() {
      return trusted;
    },
    setTrusted(value) {
      trusted = value;
    },
    async dispose() {
      await ports.models.close();
      await ports.feedbackStore.close();
      await ports.databases.close();
      await ports.cache.close();
      await ports.code.close();
    },
  };
}
