import { isMap, isSeq, parseDocument, stringify } from 'yaml';
import type { Document } from 'yaml';
import { EngineError } from '../errors.js';
import { configFile } from './parse.js';
import type { ModelProfile, SourceConfig } from './types.js';
import { isRecord, nodeAt, nodeRange, parseYaml } from './yaml.js';

/** Lists of config.yaml whose entries have names. */
type List = 'sources' | 'models';
type Entry = { readonly name: string };

function indented(text: string, columns: number): string {
  return text
    .replace(/\n$/u, '')
    .split('\n')
    .join(`\n${' '.repeat(columns)}`);
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}

/** The smallest edit of a block list, so that everything else in the file stays as it is; `null` where it is not written that way. */
function splice(text: string, document: Document.Parsed, key: List, source: Entry): string | null {
  const list = nodeAt(document, [key]);
  if (list === null && isMap(document.contents) && document.contents.flow !== true && !document.has(key)) {
    return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${key}:\n  - ${indented(stringify(source, { lineWidth: 0 }), 4)}\n`;
  }
  if (!isSeq(list) || list.flow === true || list.items.length === 0) return null;
  const index = list.items.findIndex((item) => isMap(item) && item.get('name') === source.name);
  const item = list.items[index === -1 ? list.items.length - 1 : index];
  const range = nodeRange(item);
  if (range === null || !isMap(item)) return null;
  const column = columnOf(text, range.start);
  const body = indented(stringify(source, { lineWidth: 0 }), column);
  if (index !== -1) {
    // The range of a block mapping may or may not hold its last line end.
    const rest = text[range.end - 1] === '\n' ? text.slice(range.end) : text.slice(range.end).replace(/^\n/u, '');
    return item.flow === true ? null : `${text.slice(0, range.start)}${body}\n${rest}`;
  }
  const dash = text.lastIndexOf('-', range.start - 1);
  const lead = `${' '.repeat(columnOf(text, dash))}- ${' '.repeat(Math.max(0, column - columnOf(text, dash) - 2))}`;
  // A comment behind the last value belongs to its line.
  const lineEnd = text.indexOf('\n', Math.max(range.start, range.end - 1));
  const place = lineEnd === -1 ? text.length : lineEnd + 1;
  const start = lineEnd === -1 ? `${text}\n` : text.slice(0, place);
  return `${start}${lead}${body}\n${text.slice(place)}`;
}

function intended(value: unknown, key: List, source: Entry): unknown {
  const before = isRecord(value) ? value : {};
  const known = before[key];
  const sources: unknown[] = Array.isArray(known) ? known : [];
  const index = sources.findIndex((entry) => isRecord(entry) && entry['name'] === source.name);
  return { ...before, [key]: index === -1 ? [...sources, source] : sources.with(index, source) };
}

function same(text: string, wanted: unknown): boolean {
  const parsed = parseYaml(configFile, text);
  const sorted = (value: unknown): string =>
    JSON.stringify(value, (_, part: unknown) =>
      isRecord(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
    );
  return parsed.problems.length === 0 && sorted(parsed.value) === sorted(wanted);
}

/** Text of config.yaml with the source added, or put in place of the one with its name. Throws CONFIG_INVALID where the file cannot be read. */
export function addSource(before: string, source: SourceConfig): string {
  return added(before, 'sources', source, 'source');
}

/** The same with a model. */
export function addModel(before: string, model: ModelProfile): string {
  const { params, ...rest } = model;
  return added(before, 'models', Object.keys(params).length === 0 ? rest : model, 'model');
}

function added(before: string, key: List, source: Entry, noun: string): string {
  const crlf = before.includes('\r\n');
  const bom = before.startsWith('\uFEFF') ? '\uFEFF' : '';
  const text = before.slice(bom.length).replaceAll('\r\n', '\n');
  if (text.trim() === '') return `${bom}${text}version: 1\n${key}:\n  - ${indented(stringify(source, { lineWidth: 0 }), 4)}\n`;
  const { document, value, problems } = parseYaml(configFile, text);
  if (document === null || problems.length > 0 || (value !== null && !isRecord(value))) {
    throw new EngineError('CONFIG_INVALID', `${configFile} cannot be read. Mend it first, then add the ${noun}.`, { file: configFile });
  }
  const wanted = intended(value, key, source);
  const spliced = splice(text, document, key, source);
  const after = spliced !== null && same(spliced, wanted) ? spliced : throughDocument(text, key, source);
  if (!same(after, wanted))
    throw new EngineError('CONFIG_INVALID', `The ${noun} cannot be added to ${configFile}. Add it by hand.`, { file: configFile });
  return bom + (crlf ? after.replaceAll('\n', '\r\n') : after);
}

/** For lists in other styles; comments and order are kept, spacing may change. */
function throughDocument(text: string, key: List, source: Entry): string {
  const document = parseDocument(text);
  const list = document.get(key);
  if (!isSeq(list)) document.set(key, document.createNode([source]));
  else {
    const index = list.items.findIndex((item) => isMap(item) && item.get('name') === source.name);
    if (index === -1) list.add(document.createNode(source));
    else list.set(index, document.createNode(source));
  }
  return document.toString({ lineWidth: 0 });
}
