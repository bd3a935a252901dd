/** The evaluation service over a real folder, with models that a test decides. */
import { createAuditService } from '../../src/engine/audit/service.js';
import type { EngineContext, EnginePorts, EvaluationService, PromptService, VersionService } from '../../src/engine/api.js';
import { createConfigService } from '../../src/engine/config/service.js';
import { createEvaluationService } from '../../src/engine/evaluation/service.js';
import type { CodeRunner } from '../../src/engine/ports.js';
import { createPromptService } from '../../src/engine/prompts/service.js';
import { EngineError } from '../../src/engine/errors.js';
import { schemaFaults } from '../../src/platform/code/jsonSchema.js';
import { createVersionService } from '../../src/engine/versions/service.js';
import { engineContext } from './engineContext.js';
import { memoryCache } from './fakeModels.js';
import { temporaryFolder } from './temporary.js';

/** Runs patterns and code at once: what the thread adds is tested with the thread. */
export const plainCode: CodeRunner = {
  call: ({ code: { text }, args, parameters = ['output', 'context'] }) => {
    if (text === undefined) throw new Error('The test has code in the suite only.');
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the test's own code
    const run = new Function(...parameters, `return (${text});`) as (...given: unknown[]) => unknown;
    return Promise.resolve(run(...args));
  },
  javascript: (code, { output, vars }) => {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the test's own code
    const run = new Function('output', 'context', `return (${code});`) as (output: string, context: unknown) => unknown;
    return Promise.resolve(run(output, { vars }));
  },
  program: () => Promise.reject(new Error('The test has no programs.')),
  regex: (pattern, flags, text) => Promise.resolve(new RegExp(pattern, flags).test(text)),
  jsonSchema: async (schema, values) => {
    try {
      return await schemaFaults(schema, values);
    } catch (error) {
      throw new EngineError('SUITE_INVALID', String(error));
    }
  },
  close: () => Promise.resolve(),
};

export const configYaml = `version: 1
models:
  - { name: fake, provider: openai, baseUrl: "http://127.0.0.1:1/v1", model: fake, price: { in: 1, out: 2 } }
defaults: { model: fake }
`;

export interface EvaluationWorkspace {
  root: string;
  context: EngineContext;
  evaluation: EvaluationService;
  prompts: PromptService;
  versions: VersionService;
}

export function evaluationWorkspace(
  files: Record<string, string>,
  { portsIn, ...ports }: Partial<EnginePorts> & { trusted?: boolean; portsIn?: (root: string) => Partial<EnginePorts> } = {},
): EvaluationWorkspace {
  const root = temporaryFolder({ '.ratchet/config.yaml': configYaml, ...files });
  const context = engineContext(root, { cache: memoryCache(), code: plainCode, ...ports, ...portsIn?.(root) });
  const config = createConfigService(context);
  const prompts = createPromptService(context, { config });
  const audit = createAuditService(context);
  const versions = createVersionService(context, { prompts, audit });
  return { root, context, prompts, versions, evaluation: createEvaluationService(context, { config, prompts, versions, audit }) };
}
