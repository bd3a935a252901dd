import type { DoctorCheck, DoctorDocument } from '../shared/documents.js';
import type { AuditService, ConfigService, EngineContext, EvaluationService, FeedbackService, PromptService } from './api.js';
import type { Problem, WorkspaceConfig } from './config/types.js';
import { EngineError, throwIfAborted } from './errors.js';
import type { ProbeStep } from './feedback/sources/source.js';

interface Services {
  config: ConfigService;
  prompts: PromptService;
  feedback: FeedbackService;
  evaluation: EvaluationService;
  audit: AuditService;
}

/** Looks at everything that the loop needs, each with what to do where it is missing. Nothing is changed, and no model is asked to generate. */
export async function runDoctor(context: EngineContext, services: Services, signal?: AbortSignal): Promise<DoctorDocument> {
  const { config, problems } = await services.config.load();
  const checks: DoctorCheck[] = [configCheck(problems)];
  const parts = [
    () => gitCheck(context),
    () => promptsCheck(services.prompts),
    () => suitesCheck(services.evaluation),
    ...config.sources.map((source) => () => sourceCheck(services.feedback, source, signal)),
    ...modelChecks(context, config, signal),
    ...serverChecks(context, config, signal),
    () => auditCheck(services.audit),
  ];
  for (const part of parts) {
    throwIfAborted(signal);
    checks.push(await part());
  }
  return { schema: 'promptratchet.doctor/1', checks };
}

/** One check that fails in an unexpected way hides no other. */
async function check(name: string, work: () => Promise<Omit<DoctorCheck, 'name'>>): Promise<DoctorCheck> {
  try {
    return { name, ...(await work()) };
  } catch (error) {
    if (EngineError.is(error, 'CANCELLED')) throw error;
    const message = error instanceof Error ? error.message : String(error);
    return { name, ok: false, detail: message, todo: EngineError.is(error) ? message : 'Report this with the log.' };
  }
}

function configCheck(problems: readonly Problem[]): DoctorCheck {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  return {
    name: 'config',
    ok: first === undefined,
    detail: first === undefined ? '.ratchet/config.yaml can be used' : `${String(errors.length)} errors in .ratchet/config.yaml`,
    todo: first?.message ?? null,
  };
}

function gitCheck({ ports }: EngineContext): Promise<DoctorCheck> {
  return check('git', async () => {
    const root = await ports.git.root();
    if (root === null)
      return {
        ok: false,
        detail: 'this folder is in no git repository',
        todo: 'Run git init: versions are written without it, but not committed.',
      };
    if ((await ports.git.userName()) === null)
      return { ok: false, detail: 'git does not know who you are', todo: 'Set git config user.name and user.email.' };
    const busy = await ports.git.busy();
    return busy === null
      ? { ok: true, detail: 'the repository can take commits', todo: null }
      : { ok: false, detail: `a ${busy} is under way`, todo: `Finish or abort the ${busy} before you accept a suggestion.` };
  });
}

function promptsCheck(prompts: PromptService): Promise<DoctorCheck> {
  return check('prompts', async () => {
    const all = await prompts.list();
    const broken = all.find(({ problems }) => problems.some(({ severity }) => severity === 'error'));
    if (all.length === 0)
      return {
        ok: false,
        detail: 'no prompts were found',
        todo: 'Add a .prompty, .prompt or .prompt.yml file, or run ratchet init --sample.',
      };
    const problem = broken?.problems.find(({ severity }) => severity === 'error');
    return {
      ok: broken === undefined,
      detail: `${String(all.length)} prompts`,
      todo: broken === undefined ? null : `${broken.file}: ${problem?.message ?? ''}`,
    };
  });
}

function suitesCheck(evaluation: EvaluationService): Promise<DoctorCheck> {
  return check('suites', async () => {
    const files = await evaluation.discover();
    let todo: string | null = null;
    for (const file of files) {
      const problem = (await evaluation.load(file)).problems.find(({ severity }) => severity === 'error');
      if (problem !== undefined) todo ??= `${problem.file}: ${problem.message}`;
    }
    if (files.length === 0)
      return { ok: false, detail: 'no evaluation suites were found', todo: 'Write cases into a file NAME.eval.yaml beside the prompt.' };
    return { ok: todo === null, detail: `${String(files.length)} suites`, todo };
  });
}

/** What a user has to mend is different for each step, so the first that fails is named. */
const stepWords: Record<ProbeStep, string> = {
  config: 'settings',
  trust: 'trust',
  name: 'name resolution',
  connect: 'connection',
  tls: 'encryption (TLS)',
  auth: 'key',
  permission: 'permission',
  version: 'version',
  data: 'records',
};

function sourceCheck(feedback: FeedbackService, source: WorkspaceConfig['sources'][number], signal?: AbortSignal): Promise<DoctorCheck> {
  return check(`source ${source.name}`, async () => {
    const { ok, failed, detail, todo } = await feedback.probe(source, signal);
    if (ok) return { ok, detail, todo: null };
    const step = failed === null ? '' : `${stepWords[failed]}: `;
    return { ok, detail: `${step}${detail}`, todo: todo ?? `Check the source ${source.name} in .ratchet/config.yaml.` };
  });
}

function modelChecks({ ports }: EngineContext, config: WorkspaceConfig, signal?: AbortSignal): (() => Promise<DoctorCheck>)[] {
  if (config.models.length === 0) {
    const todo = 'Add a model to .ratchet/config.yaml: a local one (provider: llama) needs no account.';
    return [() => Promise.resolve({ name: 'models', ok: false, detail: 'no model is configured', todo })];
  }
  return config.models.map((profile) => () => check(`model ${profile.name}`, () => ports.models.probe(profile, signal)));
}

/** Servers that already run here are the quickest way to a model: they are named, never used before someone writes them down. */
function serverChecks({ ports }: EngineContext, config: WorkspaceConfig, signal?: AbortSignal): (() => Promise<DoctorCheck>)[] {
  const { models } = ports;
  if (models.localServers === undefined) return [];
  const work = async (): Promise<Omit<DoctorCheck, 'name'>> => {
    const found = (await models.localServers?.(signal)) ?? [];
    if (found.length === 0) return { ok: true, detail: 'none on the usual ports of Ollama, LM Studio, llama.cpp and vLLM', todo: null };
    const detail = found
      .map(({ name, baseUrl, models: ids }) => `${name} at ${baseUrl} (${ids.slice(0, 3).join(', ') || 'no models'})`)
      .join('; ');
    const fresh = found.find(
      ({ baseUrl, models: ids }) => ids.length > 0 && !config.models.some((model) => sameAddress(model.baseUrl, baseUrl)),
    );
    const todo =
      fresh === undefined
        ? null
        : `To use ${fresh.name}, add to models in .ratchet/config.yaml: { name: here, provider: openai, baseUrl: "${fresh.baseUrl}", model: "${fresh.models[0] ?? ''}" }`;
    return { ok: true, detail, todo };
  };
  return [() => check('local servers', work)];
}

function sameAddress(written: string | undefined, found: string): boolean {
  return (written ?? '').replace('//localhost:', '//127.0.0.1:').replace(/\/+$/u, '') === found;
}

function auditCheck(audit: AuditService): Promise<DoctorCheck> {
  return check('audit log', async () => {
    const { status, message } = await audit.verify();
    const ok = status === 'ok' || status === 'empty';
    return { ok, detail: message, todo: ok ? null : 'Run ratchet audit verify and restore the log from git.' };
  });
}
