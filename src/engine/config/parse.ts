import { isAbsolute, isInside, normalise } from '../paths.js';
import { Checks } from './checks.js';
import { readDefaults, readModels } from './models.js';
import { defaultRedaction, readRedaction, readRetention } from './privacy.js';
import { readSources } from './sources.js';
import type { Problem, WorkspaceConfig } from './types.js';
import { isRecord, parseYaml } from './yaml.js';

export const configFile = '.ratchet/config.yaml';
export const maxConfigBytes = 256 * 1024;

/** What holds without a config.yaml: threshold 0.7, no sources, no models, every prompt file. */
export function defaultConfig(): WorkspaceConfig {
  return {
    version: 1,
    threshold: 0.7,
    prompts: null,
    sources: [],
    redaction: defaultRedaction(),
    retention: { interactionDays: null, feedbackDays: null },
    models: [],
    defaults: {},
  };
}

function readPrompts(checks: Checks, value: unknown): string[] | null {
  if (value === undefined || value === null) return null;
  const list = typeof value === 'string' ? [value] : checks.list(value, ['prompts'], 'The value of "prompts"');
  if (list === undefined) return null;
  const globs = list.flatMap((entry, index) => {
    const path = typeof value === 'string' ? ['prompts'] : ['prompts', index];
    const glob = checks.glob(entry, path, 'The pattern of prompts');
    if (glob === undefined) return [];
    const inside = !isAbsolute(glob) && isInside(normalise(glob), '.');
    if (!inside) checks.report(path, 'The pattern of prompts leads out of the workspace. Write it relative to the workspace.');
    return inside ? [normalise(glob)] : [];
  });
  // Where every pattern is wrong, "no prompts at all" would be a second error.
  return globs.length === 0 && list.length > 0 ? null : globs;
}

/** Reads and checks config.yaml. Never throws on content: what is wrong is a problem, and the default stands in its place. */
export function parseConfig(text: string): { config: WorkspaceConfig; problems: Problem[] } {
  const base = text.startsWith('\uFEFF') ? 1 : 0;
  const { document, value, problems } = parseYaml(configFile, text.slice(base), base);
  const invalid = problems.map((problem) => ({ ...problem, code: 'CONFIG_INVALID' }));
  if (value === undefined || value === null) return { config: defaultConfig(), problems: invalid };
  const checks = new Checks(configFile, document, base);
  if (!isRecord(value)) {
    checks.report([], 'The file is not a list of "key: value" lines. Write it as such.', 'error', { start: base, end: text.length });
    return { config: defaultConfig(), problems: [...invalid, ...checks.problems] };
  }
  checks.keys(
    value,
    [],
    ['version', 'threshold', 'prompts', 'sources', 'redaction', 'retention', 'models', 'defaults', 'python'],
    'config.yaml',
  );
  if (value['version'] !== undefined && value['version'] !== 1) {
    checks.report(['version'], 'This version of config.yaml is not known. Write version: 1, or update Prompt Ratchet.');
  }
  const config: WorkspaceConfig = {
    version: 1,
    threshold: checks.number(value['threshold'], ['threshold'], 'The threshold', 0, 1) ?? 0.7,
    prompts: readPrompts(checks, value['prompts']),
    sources: readSources(checks, value['sources']),
    redaction: readRedaction(checks, value['redaction']),
    retention: readRetention(checks, value['retention']),
    models: readModels(checks, value['models']),
    defaults: readDefaults(checks, value['defaults'], value['models']),
  };
  const python = checks.text(value['python'], ['python'], 'The value of "python"');
  if (python !== undefined) config.python = python;
  return { config, problems: [...invalid, ...checks.problems] };
}
