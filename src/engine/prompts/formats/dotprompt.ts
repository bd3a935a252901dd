import { isRecord, keyRange } from '../../config/yaml.js';
import type { FrontMatter } from '../frontMatter.js';
import { readFrontMatter } from '../frontMatter.js';
import { roleOf, scanTags, tagProblems, tagsBetween, trimLines } from '../layout.js';
import type { Layout, LayoutMessage } from '../layout.js';
import { lineMap } from '../textMap.js';
import { jsonSchemaOf } from './picoschema.js';
import { readPlainText } from './plainText.js';

const knownKeys = new Set('config description ext input model name output raw toolDefs tools variant version'.split(' '));
const handlebarsTag = /\{\{[{~]?[#/>!&^]?\s*[\w.@"]/u;

/** Others use `.prompt` as well: in doubt it is plain text. */
function isDotprompt(front: FrontMatter, body: string): boolean {
  if (front.problems.length > 0 && front.range !== null) return true;
  const keys = Object.keys(front.data);
  if (keys.some((key) => knownKeys.has(key) || key.includes('.'))) return true;
  return handlebarsTag.test(body) && !body.includes('{%');
}

function split(file: string, source: string, front: FrontMatter): Pick<Layout, 'messages' | 'body' | 'problems'> {
  const body = lineMap(source, { start: front.bodyStart, end: source.length });
  const scan = scanTags(body.text, 'handlebars');
  const problems = tagProblems(file, body, 'handlebars', scan);
  const messages: LayoutMessage[] = [];
  let role = 'user';
  let from = 0;
  const close = (to: number): void => {
    const { start, end } = trimLines(body.text, from, to);
    if (body.text.slice(start, end).trim() === '') return;
    const tags = tagsBetween(scan.tags, start, end);
    messages.push({ role: roleOf(role) ?? 'user', map: body, start, end, tags });
  };
  for (const tag of scan.tags) {
    if (tag.role === undefined) continue;
    close(tag.start);
    role = tag.role;
    from = tag.end;
    if (roleOf(role) !== null) continue;
    const range = { start: body.start(tag.start), end: body.end(tag.end) };
    problems.push({
      severity: 'error',
      code: 'PROMPT_INVALID',
      message: `The role "${role}" is not known. Use system, user, model or tool.`,
      file,
      range,
    });
  }
  close(body.text.length);
  return { messages, body, problems };
}

/** `output`: the schema that the answer shall fit, as JSON Schema or in dotprompt's short form. */
function outputParams(data: Record<string, unknown>): Record<string, unknown> {
  const output = data['output'];
  if (!isRecord(output)) return {};
  const schema = isRecord(output['schema']) ? jsonSchemaOf(output['schema']) : null;
  if (schema !== null) return { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } } };
  return output['format'] === 'json' ? { response_format: { type: 'json_object' } } : {};
}

/** `toolDefs`: tools that the prompt describes itself. Tools that it only names are the program's that runs it. */
function toolParams(data: Record<string, unknown>): Record<string, unknown> {
  const defined = Array.isArray(data['toolDefs']) ? data['toolDefs'].filter(isRecord) : [];
  if (defined.length === 0) return {};
  const tools = defined.map(({ name, description, inputSchema }) => ({
    type: 'function',
    function: {
      name,
      ...(description === undefined ? {} : { description }),
      ...(isRecord(inputSchema) ? { parameters: jsonSchemaOf(inputSchema) ?? inputSchema } : {}),
    },
  }));
  return { tools };
}

/** Reads a `.prompt` file: dotprompt where front matter or tags say so, else plain text. */
export function readDotprompt(file: string, source: string): Layout {
  const front = readFrontMatter(file, source);
  if (!isDotprompt(front, source.slice(front.bodyStart))) return readPlainText(file, source, 'none');
  const { data } = front;
  const read = split(file, source, front);
  const input = isRecord(data['input']) ? data['input'] : {};
  const defaults = isRecord(input['default']) ? input['default'] : {};
  const model = typeof data['model'] === 'string' ? data['model'] : null;
  const config = isRecord(data['config']) ? data['config'] : {};
  const params = { ...config, ...outputParams(data), ...toolParams(data) };
  return {
    format: 'dotprompt',
    dialect: 'handlebars',
    name: typeof data['name'] === 'string' && data['name'] !== '' ? data['name'] : null,
    nameRange: keyRange(front.document?.contents, 'name', front.range?.start),
    messages: read.messages,
    body: read.body,
    model: model === null && Object.keys(params).length === 0 ? null : { name: model, params },
    samples: Object.keys(defaults).length > 0 ? [defaults] : [],
    defaults,
    problems: [...front.problems, ...read.problems],
  };
}
