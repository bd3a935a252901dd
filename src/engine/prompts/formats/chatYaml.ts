import { isRecord, keyRange, parseYaml } from '../../config/yaml.js';
import type { Layout } from '../layout.js';
import { isPlain, readEntry, reportAt } from './chatEntries.js';
import type { ChatReader } from './chatEntries.js';
import type { ModelHint, TemplateDialect } from '../types.js';

/** Messages of a list of entries: their texts, and the entries themselves where they are more than texts. */
function readMessages(reader: ChatReader, path: (string | number)[], list: unknown[]): Pick<Layout, 'messages' | 'chat'> {
  const entries = list.flatMap((entry, index) => readEntry(reader, [...path, index], entry) ?? []);
  const messages = entries.flatMap(({ parts }) => parts.flatMap((part) => ('text' in part ? [part.text] : [])));
  return isPlain(entries) ? { messages } : { messages, chat: entries };
}

function open(file: string, source: string, dialect: TemplateDialect): { reader: ChatReader; value: unknown } {
  const base = source.startsWith('\uFEFF') ? 1 : 0;
  const { document, value, problems } = parseYaml(file, source.slice(base), base);
  return { reader: { file, source, base, document, dialect, problems: [...problems] }, value };
}

function modelHint(reader: ChatReader, data: Record<string, unknown>): ModelHint | null {
  const name = typeof data['model'] === 'string' ? data['model'] : null;
  const format = responseFormat(reader, data);
  const params = {
    ...(isRecord(data['modelParameters']) ? data['modelParameters'] : {}),
    ...(format === null ? {} : { response_format: format }),
  };
  return name === null && Object.keys(params).length === 0 ? null : { name, params };
}

/** `responseFormat` and `jsonSchema`, which is the text or the data of `{ name, schema }`. */
function responseFormat(reader: ChatReader, data: Record<string, unknown>): Record<string, unknown> | null {
  const { responseFormat: kind, jsonSchema: given } = data;
  if (typeof kind !== 'string') return null;
  if (kind !== 'json_schema') return { type: kind };
  const schema = typeof given === 'string' ? parseYaml(reader.file, given).value : given;
  if (isRecord(schema)) return { type: kind, json_schema: 'schema' in schema ? { name: 'answer', ...schema } : { name: 'answer', schema } };
  reportAt(
    reader,
    'The answer shall fit a schema, but jsonSchema is none. Write it as JSON.',
    keyRange(reader.document?.contents, 'jsonSchema', reader.base),
  );
  return null;
}

/** Reads a GitHub Models prompt (`.prompt.yml`): messages, model, test data. */
export function readGithubModels(file: string, source: string): Layout {
  const { reader, value } = open(file, source, 'replace');
  const data = isRecord(value) ? value : {};
  const list = data['messages'];
  const read = Array.isArray(list) ? readMessages(reader, ['messages'], list) : { messages: [] };
  if (!Array.isArray(list) && reader.problems.length === 0) {
    reportAt(
      reader,
      'The prompt has no list of messages. Add messages with role and content.',
      keyRange(reader.document?.contents, 'messages', reader.base),
    );
  }
  const cases = Array.isArray(data['testData']) ? data['testData'].filter(isRecord) : [];
  return {
    format: 'github-models',
    dialect: 'replace',
    name: typeof data['name'] === 'string' && data['name'] !== '' ? data['name'] : null,
    nameRange: keyRange(reader.document?.contents, 'name', reader.base),
    ...read,
    body: null,
    model: modelHint(reader, data),
    // `expected` is what the answer is compared with, not an input.
    samples: cases.map((entry) => Object.fromEntries(Object.entries(entry).filter(([key]) => key !== 'expected'))),
    defaults: {},
    problems: reader.problems,
  };
}

/** Reads promptfoo's chat form, a JSON or YAML list of `{ role, content }`; `null` where the file is something else. */
export function readChatList(file: string, source: string): Layout | null {
  const { reader, value } = open(file, source, 'jinja');
  if (!Array.isArray(value) || !value.some((entry) => isRecord(entry) && 'role' in entry)) return null;
  return {
    format: 'promptfoo',
    dialect: 'jinja',
    name: null,
    nameRange: null,
    ...readMessages(reader, [], value),
    body: null,
    model: null,
    samples: [],
    defaults: {},
    problems: reader.problems,
  };
}
