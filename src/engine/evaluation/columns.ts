import type { EngineContext, PromptService, VersionService } from '../api.js';
import type { ModelProfile, WorkspaceConfig } from '../config/types.js';
import { EngineError } from '../errors.js';
import type { ModelClient } from '../ports.js';
import { promptSha256 } from '../prompts/hash.js';
import type { PromptDocument } from '../prompts/types.js';
import { defaultProfile, resolveProvider } from './providers.js';
import type { EvalRequest, Suite, SuitePrompt } from './types.js';

/** One prompt text with one model: what a column of the report is. */
export interface Column {
  id: string;
  prompt: string;
  version: string;
  /** As the suite names it. */
  provider: string;
  document: PromptDocument;
  profile: ModelProfile;
  /** `null` where the model cannot be asked; then every case of the column ends in this fault. */
  client: ModelClient | null;
  fault: EngineError | null;
  /** Column that this one is compared with; itself not part of the suite's pass rate. */
  baselineOf: string | null;
}

interface ColumnServices {
  context: EngineContext;
  prompts: PromptService;
  versions: VersionService;
}

/** Prompts × providers of a suite, as far as the request wants them; with `baseline`, each once more with that version's text. */
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
    for (const { label, profile, fault } of providers) {
      columns.push({
        id: `c${String(columns.length + 1)}`,
        prompt: prompt.id,
        version,
        provider: label,
        document,
        profile,
        client: null,
        fault,
        baselineOf: null,
      });
    }
  }
  if (request.baseline !== undefined) {
    for (const column of columns.filter(({ version }) => version !== 'inline')) {
      const text = await services.versions.content(column.prompt, request.baseline);
      const document = services.prompts.parse(column.document.file, text);
      columns.push({ ...column, id: `b${column.id.slice(1)}`, version: request.baseline, document, baselineOf: column.id });
    }
  }
  for (const column of columns) await connect(services.context, column);
  return columns;
}

interface PlannedProvider {
  label: string;
  profile: ModelProfile;
  fault: EngineError | null;
}

function providersOf(suite: Suite, config: WorkspaceConfig, request: EvalRequest): PlannedProvider[] {
  if (request.provider !== undefined) return [{ label: request.provider.name, profile: request.provider, fault: null }];
  if (suite.providers.length === 0) return [resolved('default', () => defaultProfile(config, suite.file))];
  return suite.providers.map((provider) => ({
    ...resolved(provider.id, () => resolveProvider(provider, config, suite.file)),
    label: provider.label ?? provider.id,
  }));
}

/** A provider that is not known ends its own column in errors, and hides neither the other columns nor the other suites. */
function resolved(name: string, find: () => ModelProfile): PlannedProvider {
  try {
    const profile = find();
    return { label: profile.name, profile, fault: null };
  } catch (error) {
    if (!EngineError.is(error)) throw error;
    // Never asked: a column needs some profile.
    return { label: name, profile: { name, provider: 'echo', model: 'none', params: {} }, fault: error };
  }
}

async function working(
  { prompts, versions }: ColumnServices,
  prompt: SuitePrompt,
  request: EvalRequest,
): Promise<{ document: PromptDocument; version: string }> {
  if (prompt.file === null) {
    const text = prompt.text ?? '';
    const isChat = /^\s*(?:\[|- )/u.test(text);
    return { document: prompts.parse(isChat ? 'inline.yaml' : 'inline.txt', text), version: 'inline' };
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
