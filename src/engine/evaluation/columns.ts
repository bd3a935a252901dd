import type { EngineContext, PromptService, VersionService } from '../api.js';
import type { ModelProfile, WorkspaceConfig } from '../config/types.js';
import { EngineError } from '../errors.js';
import type { ModelClient } from '../ports.js';
import { promptSha256 } from '../prompts/hash.js';
import type { PromptDocument } from '../prompts/types.js';
import { defaultProfile, resolveProvider } from './providers.js';
import { stableJson } from './cacheKey.js';
import { matchesNames, promptNames, providerNames } from './columnNames.js';
import type { EvalCase, EvalRequest, Suite, SuiteCode, SuitePrompt, SuiteProvider } from './types.js';

/** One prompt text with one model: what a column of the report is. */
export interface Column {
  id: string;
  prompt: string;
  /** What the suite calls the prompt. */
  promptLabel?: string;
  version: string;
  /** As the suite names it. */
  provider: string;
  document: PromptDocument;
  profile: ModelProfile;
  /** `null` where the model cannot be asked; then every case of the column ends in this fault. */
  client: ModelClient | null;
  fault: EngineError | null;
  /** What a case or a provider may call the prompt and the model: labels, ids, and how they stand in the suite. */
  names: { prompt: readonly string[]; provider: readonly string[] };
  /** The suite's `env`, for its templates. */
  env?: Readonly<Record<string, string>>;
  /** The provider as the suite has it, for code that looks at it. */
  providerFacts?: { id: string; label: string | null; config: Record<string, unknown> };
  /** Milliseconds that the suite wants from one request of this model to its next. */
  delayMs: number;
  /** Applied to every answer of the provider. */
  providerTransform?: SuiteCode;
  /** A function that makes the prompt, and what it is given beside the variables. */
  promptCode?: SuiteCode;
  promptConfig?: Record<string, unknown>;
  /** The same column with the models that cases name for themselves. */
  overrides?: ReadonlyMap<string, Column>;
  /** Column that this one is compared with; itself not part of the suite's pass rate. */
  baselineOf: string | null;
  /** Added to the number of each repeat, so that answers to it are others than those to the same column without. */
  repeatOffset?: number;
}

/** Whether a case is for a column: what its `prompts` and `providers` say. */
export function runsIn({ only }: Pick<EvalCase, 'only'>, { names }: Pick<Column, 'names'>): boolean {
  if (only === undefined) return true;
  return (
    (only.prompts === undefined || matchesNames(names.prompt, only.prompts)) &&
    (only.providers === undefined || matchesNames(names.provider, only.providers))
  );
}

interface ColumnServices {
  context: EngineContext;
  prompts: PromptService;
  versions: VersionService;
}

/** Prompts × providers of a suite, as far as the request wants them. */
export async function planColumns(
  services: ColumnServices,
  suite: Suite,
  config: WorkspaceConfig,
  request: EvalRequest,
): Promise<Column[]> {
  const wanted = suite.prompts.filter(
    (prompt) => request.prompt === undefined || prompt.id === request.prompt || prompt.file === request.prompt,
  );
  const providers = providersOf(suite, config, request);
  const columns: Column[] = [];
  for (const prompt of wanted) {
    const { document, version } = await working(services, prompt, request);
    for (const { label, profile, fault, source } of providers) {
      const names = { prompt: promptNames(prompt), provider: source === null ? [label] : providerNames(source) };
      if (source?.prompts !== undefined && !matchesNames(names.prompt, source.prompts)) continue;
      const problem = prompt.problem ?? source?.problem ?? transformProblem(source);
      columns.push({
        id: `c${String(columns.length + 1)}`,
        prompt: prompt.id,
        version,
        provider: label,
        names,
        document,
        profile: prompt.config === undefined ? profile : { ...profile, params: { ...profile.params, ...prompt.config } },
        client: null,
        fault: fault ?? (problem === undefined ? null : new EngineError('SUITE_INVALID', problem)),
        baselineOf: null,
        delayMs: Math.max(suite.options.delayMs, source?.delay ?? 0),
        ...(prompt.label === null ? {} : { promptLabel: prompt.label }),
        ...(suite.env === undefined ? {} : { env: suite.env }),
        ...(source === null ? {} : { providerFacts: { id: source.id, label: source.label, config: source.config } }),
        ...(source?.transform === undefined ? {} : { providerTransform: source.transform }),
        ...(prompt.code === undefined ? {} : { promptCode: prompt.code }),
        ...(prompt.config === undefined ? {} : { promptConfig: prompt.config }),
      });
    }
  }
  for (const column of columns) await connect(services.context, column);
  // Who asks for a model of their own choice asks it for every case.
  if (request.provider === undefined) await addOverrides(services.context, columns, suite, config);
  return columns;
}

/** Answers that a transform which cannot be run should change are not judged without it. */
function transformProblem(source: SuiteProvider | null): string | undefined {
  const why = source?.transform?.problem;
  return why === undefined
    ? undefined
    : `Not asked: the transform of the provider ${source?.label ?? source?.id ?? ''} cannot be run. ${why}`;
}

const overrideKey = ({ id, config }: SuiteProvider): string => stableJson([id, config]);

/** The column that a case is run in: its own `provider` is asked in place of the column's. */
export function columnFor(column: Column, { provider }: Pick<EvalCase, 'provider'>): Column {
  return provider === undefined ? column : (column.overrides?.get(overrideKey(provider)) ?? column);
}

/** Every column once more with each model that a case names for itself. */
async function addOverrides(context: EngineContext, columns: readonly Column[], suite: Suite, config: WorkspaceConfig): Promise<void> {
  const named = new Map(
    suite.cases.flatMap(({ provider }) => (provider === undefined ? [] : [[overrideKey(provider), provider] as const])),
  );
  if (named.size === 0) return;
  for (const column of columns) {
    const overrides = new Map<string, Column>();
    for (const [key, provider] of named) {
      const { profile, fault } = resolved(provider.id, () => resolveProvider(provider, config, suite.file));
      const { providerTransform: _, ...rest } = column;
      const { id, label, config: facts } = provider;
      const delayMs = Math.max(suite.options.delayMs, provider.delay ?? 0);
      const own: Column = { ...rest, profile, client: null, fault, delayMs, providerFacts: { id, label, config: facts } };
      await connect(context, own);
      overrides.set(key, own);
    }
    column.overrides = overrides;
  }
}

interface PlannedProvider {
  /** `null` where the suite does not name it. */
  source: SuiteProvider | null;
  label: string;
  profile: ModelProfile;
  fault: EngineError | null;
}

function providersOf(suite: Suite, config: WorkspaceConfig, request: EvalRequest): PlannedProvider[] {
  if (request.provider !== undefined) return [{ source: null, label: request.provider.name, profile: request.provider, fault: null }];
  if (suite.providers.length === 0) return [resolved('default', () => defaultProfile(config, suite.file))];
  return suite.providers.map((provider) => ({
    ...resolved(provider.id, () => resolveProvider(provider, config, suite.file)),
    source: provider,
    label: provider.label ?? provider.id,
  }));
}

/** A provider that is not known ends its own column in errors, and hides neither the other columns nor the other suites. */
function resolved(name: string, find: () => ModelProfile): PlannedProvider {
  try {
    const profile = find();
    return { source: null, label: profile.name, profile, fault: null };
  } catch (error) {
    if (!EngineError.is(error)) throw error;
    // Never asked: a column needs some profile.
    return { source: null, label: name, profile: { name, provider: 'echo', model: 'none', params: {} }, fault: error };
  }
}

async function working(
  { prompts, versions }: ColumnServices,
  prompt: SuitePrompt,
  request: EvalRequest,
): Promise<{ document: PromptDocument; version: string }> {
  if (prompt.file === null) {
    const text = prompt.text ?? '';
    // Of a table, or of a text that was put together: it has no place of its own.
    const isChat = /^\s*(?:\[|- )/u.test(text);
    return { document: prompt.document ?? prompts.parse(isChat ? 'inline.yaml' : 'inline.md', text), version: 'inline' };
  }
  const override = request.override?.[prompt.id];
  if (override === undefined) {
    const document = await prompts.get(prompt.file);
    return { document, version: await labelOf(versions, prompt.id, document.sha256) };
  }
  const document = prompts.parse(prompt.file, override.text);
  const version = override.version === 'working' ? await labelOf(versions, prompt.id, promptSha256(override.text)) : override.version;
  return { document, version };
}

/** `vN` where the text is that of a version, else `working`. */
async function labelOf(versions: VersionService, prompt: string, sha256: string): Promise<string> {
  const known = (await versions.bySha256()).get(sha256) ?? [];
  return known.findLast((entry) => entry.prompt === prompt)?.version ?? 'working';
}

async function connect({ ports }: EngineContext, column: Column): Promise<void> {
  if (column.fault !== null) return;
  try {
    column.client = await ports.models.client(column.profile);
  } catch (error) {
    if (!EngineError.is(error)) throw error;
    column.fault = error;
  }
}
