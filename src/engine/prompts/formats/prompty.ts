import { isRecord, keyRange, nodeAt, nodeRange } from '../../config/yaml.js';
import type { Problem } from '../../config/types.js';
import type { FrontMatter } from '../frontMatter.js';
import { readFrontMatter } from '../frontMatter.js';
import { roleOf, scanTags, tagProblems, tagsBetween, trimLines } from '../layout.js';
import type { Layout, LayoutMessage } from '../layout.js';
import type { Tag } from '../tags/types.js';
import { lineMap } from '../textMap.js';
import type { ModelHint, TemplateDialect } from '../types.js';

/** A line that starts a message, `user:` or `assistant[name="A"]:`. */
const roleLine = /^[ \t]*(?:#[ \t]*)?(system|user|assistant|developer|function|tools?)(?:[ \t]*\[[^\]\n]*\])?[ \t]*:[ \t]*$/gimu;

export interface RoleMarker {
  role: string;
  start: number;
  /** After the line's end. */
  end: number;
}

/** Role lines of a Prompty body that stand outside its tags. */
export function roleMarkers(text: string, tags: readonly Tag[]): RoleMarker[] {
  const markers: RoleMarker[] = [];
  let tag = 0;
  for (const match of text.matchAll(roleLine)) {
    while (tag < tags.length && (tags[tag]?.end ?? 0) <= match.index) tag += 1;
    if ((tags[tag]?.start ?? Infinity) < match.index) continue;
    const end = match.index + match[0].length;
    markers.push({ role: match[1] ?? 'user', start: match.index, end: Math.min(end + 1, text.length) });
  }
  return markers;
}

function dialect(front: FrontMatter, file: string, problems: Problem[]): TemplateDialect {
  const template = front.data['template'];
  const format = isRecord(template) ? (template['format'] ?? template['type'] ?? template['kind']) : template;
  const kind = isRecord(format) ? format['kind'] : format;
  if (kind === undefined || kind === null || kind === 'jinja2' || kind === 'jinja' || kind === 'nunjucks') return 'jinja';
  if (kind === 'mustache' || kind === 'handlebars') return 'mustache';
  const message = 'The template engine is not known. Use jinja2 or mustache.';
  problems.push({
    severity: 'error',
    code: 'FRONT_MATTER_INVALID',
    message,
    file,
    range: nodeRange(nodeAt(front.document, ['template']), front.range?.start),
  });
  return 'jinja';
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function modelHint(data: Record<string, unknown>): ModelHint | null {
  const model = data['model'];
  if (typeof model === 'string') return { name: model, params: {} };
  if (!isRecord(model)) return null;
  const configuration = isRecord(model['configuration']) ? model['configuration'] : {};
  const name = text(model['id']) ?? text(configuration['azure_deployment']) ?? text(configuration['name']) ?? text(configuration['model']);
  const params = [model['parameters'], model['options']].find(isRecord) ?? {};
  return { name, params };
}

/** `inputs` of any generation: a mapping or a list of descriptions, or a mapping of plain values. */
function inputs(data: Record<string, unknown>): { name: string; sample: unknown; fallback: unknown }[] {
  const schema = data['inputSchema'];
  const found = data['inputs'] ?? (isRecord(schema) ? schema['properties'] : undefined);
  const described = (name: string, value: unknown): { name: string; sample: unknown; fallback: unknown } =>
    isRecord(value)
      ? { name, sample: value['sample'] ?? value['example'] ?? value['default'], fallback: value['default'] }
      : { name, sample: value, fallback: undefined };
  if (Array.isArray(found)) {
    return found.filter(isRecord).flatMap((item) => (typeof item['name'] === 'string' ? [described(item['name'], item)] : []));
  }
  return isRecord(found) ? Object.entries(found).map(([name, value]) => described(name, value)) : [];
}

function withoutMissing(entries: [string, unknown][]): Record<string, unknown> {
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined && value !== null));
}

function messagesOf(
  file: string,
  source: string,
  front: FrontMatter,
  engine: TemplateDialect,
): Pick<Layout, 'messages' | 'body' | 'problems'> {
  const body = lineMap(source, { start: front.bodyStart, end: source.length });
  const scan = scanTags(body.text, engine);
  const markers = roleMarkers(body.text, scan.tags);
  const messages: LayoutMessage[] = [];
  const add = (role: string, from: number, to: number, marked: boolean): void => {
    const { start, end } = trimLines(body.text, from, to);
    if (!marked && body.text.slice(start, end).trim() === '') return;
    const tags = tagsBetween(scan.tags, start, end);
    messages.push({ role: roleOf(role) ?? 'user', map: body, start, end, tags });
  };
  add('system', 0, markers[0]?.start ?? body.text.length, false);
  markers.forEach((marker, index) => {
    add(marker.role, marker.end, markers[index + 1]?.start ?? body.text.length, true);
  });
  return { messages, body, problems: tagProblems(file, body, engine, scan) };
}

/** Reads a `.prompty` file of either generation. Keys that are not known are left alone. */
export function readPrompty(file: string, source: string): Layout {
  const front = readFrontMatter(file, source);
  const problems = [...front.problems];
  const engine = dialect(front, file, problems);
  const read = messagesOf(file, source, front, engine);
  if (read.messages.length === 0 && problems.length === 0) {
    problems.push({
      severity: 'warning',
      code: 'PROMPT_EMPTY',
      message: 'The prompt has no text. Write it below the front matter.',
      file,
      range: null,
    });
  }
  const described = inputs(front.data);
  const fromInputs = withoutMissing(described.map(({ name, sample }) => [name, sample]));
  const sample = front.data['sample'];
  const samples = isRecord(sample) ? [{ ...fromInputs, ...sample }] : Object.keys(fromInputs).length > 0 ? [fromInputs] : [];
  return {
    format: 'prompty',
    dialect: engine,
    name: text(front.data['name']),
    nameRange: keyRange(front.document?.contents, 'name', front.range?.start),
    messages: read.messages,
    body: read.body,
    model: modelHint(front.data),
    samples,
    defaults: withoutMissing(described.map(({ name, fallback }) => [name, fallback])),
    problems: [...problems, ...read.problems],
  };
}
