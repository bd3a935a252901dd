import { isRecord } from '../config/yaml.js';
import type { Path, SuiteSource } from './suiteSource.js';
import type { SuiteProvider } from './types.js';

const notRun = ['prompts', 'transform', 'delay', 'env', 'inputs', 'callApi'];

/** `providers`: an id, a mapping with `id`, `label` and `config`, or promptfoo's `{ id: { … } }`. */
export function readProviders(source: SuiteSource, value: unknown): SuiteProvider[] {
  if (value === undefined || value === null) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const found: SuiteProvider[] = [];
  for (const [index, item] of list.entries()) {
    const path: Path = Array.isArray(value) ? ['providers', index] : ['providers'];
    const provider = readProvider(source, path, item);
    if (provider !== null) found.push(provider);
    else
      source.report(
        'error',
        'provider-invalid',
        'A provider must be a name of config.yaml, a promptfoo id, or a mapping with id.',
        source.range(path),
      );
  }
  return found;
}

function readProvider(source: SuiteSource, path: Path, item: unknown): SuiteProvider | null {
  const range = source.range(path);
  if (typeof item === 'string') return { id: item, label: null, config: {}, range };
  if (!isRecord(item)) return null;
  if (typeof item['id'] === 'string') {
    source.checkKeys(path, item, ['id', 'label', 'config'], notRun);
    return {
      id: item['id'],
      label: typeof item['label'] === 'string' ? item['label'] : null,
      config: isRecord(item['config']) ? item['config'] : {},
      range,
    };
  }
  const [entry, ...more] = Object.entries(item);
  if (entry === undefined || more.length > 0 || !isRecord(entry[1])) return null;
  const [id, options] = entry;
  source.checkKeys([...path, id], options, ['id', 'label', 'config'], notRun);
  return {
    id,
    label: typeof options['label'] === 'string' ? options['label'] : null,
    config: isRecord(options['config']) ? options['config'] : {},
    range,
  };
}
