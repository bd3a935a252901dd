import type { Document } from 'yaml';
import type { SourceRange } from '../../../shared/documents.js';
import { isRecord, keyRange, nodeAt, nodeRange, parseYaml } from '../../config/yaml.js';
import type { Problem } from '../../config/types.js';
import { roleOf, scanTags, tagProblems } from '../layout.js';
import type { Layout, LayoutMessage } from '../layout.js';
import { scalarMap } from '../scalarMap.js';
import type { ModelHint, TemplateDialect } from '../types.js';

interface ChatReader {
  file: string;
  source: string;
  base: number;
  document: Document.Parsed | null;
  dialect: TemplateDialect;
  problems: Problem[];
}

function report(reader: ChatReader, message: string, range: SourceRange | null, severity: Problem['severity'] = 'error'): void {
  reader.problems.push({ severity, code: 'PROMPT_INVALID', message, file: reader.file, range });
}

/** One entry of a list of `{ role, content }`; `null` where it cannot be used, which is then a problem. */
function readMessage(reader: ChatReader, path: (string | number)[], entry: unknown): LayoutMessage | null {
  const { base, document, source } = reader;
  const node = nodeAt(document, path);
  if (!isRecord(entry)) {
    report(reader, 'A message needs a role and content.', nodeRange(node, base));
    return null;
  }
  const role = typeof entry['role'] === 'string' ? roleOf(entry['role']) : null;
  if (role === null) {
    const range = nodeRange(nodeAt(document, [...path, 'role']), base) ?? nodeRange(node, base);
    report(reader, 'The role is not known. Use system, user, assistant or tool.', range);
  }
  const content = nodeAt(document, [...path, 'content']);
  const map = typeof entry['content'] === 'string' ? scalarMap(source, content, base) : null;
  if (map === null) {
    const empty = entry['content'] === undefined || entry['content'] === null;
    const message = empty ? 'The message has no content. Write its text.' : 'The content is not a text. Write it out as one text.';
    report(reader, message, nodeRange(content, base) ?? nodeRange(node, base), empty ? 'warning' : 'error');
    return null;
  }
  const scan = scanTags(map.text, reader.dialect);
  reader.problems.push(...tagProblems(reader.file, map, reader.dialect, scan));
  return { role: role ?? 'user', map, start: 0, end: map.text.length, tags: scan.tags, node: content };
}

function readMessages(reader: ChatReader, path: (string | number)[], entries: unknown[]): LayoutMessage[] {
  return entries.flatMap((entry, index) => readMessage(reader, [...path, index], entry) ?? []);
}

function open(file: string, source: string, dialect: TemplateDialect): { reader: ChatReader; value: unknown } {
  const base = source.startsWith('\uFEFF') ? 1 : 0;
  const { document, value, problems } = parseYaml(file, source.slice(base), base);
  return { reader: { file, source, base, document, dialect, problems: [...problems] }, value };
}

function modelHint(data: Record<string, unknown>): ModelHint | null {
  const name = typeof data['model'] === 'string' ? data['model'] : null;
  const params = isRecord(data['modelParameters']) ? data['modelParameters'] : {};
  return name === null && Object.keys(params).length === 0 ? null : { name, params };
}

/** Reads a GitHub Models prompt (`.prompt.yml`): messages, model, test data. */
export function readGithubModels(file: string, source: string): Layout {
  const { reader, value } = open(file, source, 'replace');
  const data = isRecord(value) ? value : {};
  const list = data['messages'];
  const messages = Array.isArray(list) ? readMessages(reader, ['messages'], list) : [];
  if (!Array.isArray(list) && reader.problems.length === 0) {
    report(
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
    messages,
    body: null,
    model: modelHint(data),
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
    messages: readMessages(reader, [], value),
    body: null,
    model: null,
    samples: [],
    defaults: {},
    problems: reader.problems,
  };
}
