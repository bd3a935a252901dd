import type { Document } from 'yaml';
import type { SourceRange } from '../../../shared/documents.js';
import type { Problem } from '../../config/types.js';
import { isRecord, nodeAt, nodeRange } from '../../config/yaml.js';
import { roleOf, scanTags, tagProblems } from '../layout.js';
import type { ChatEntry, ChatPart, LayoutMessage, TaggedText } from '../layout.js';
import { scalarMap } from '../scalarMap.js';
import type { TemplateDialect } from '../types.js';

export interface ChatReader {
  file: string;
  source: string;
  base: number;
  document: Document.Parsed | null;
  dialect: TemplateDialect;
  problems: Problem[];
}

type Path = readonly (string | number)[];

/** Keys of a message beside `role` and `content` that endpoints know. */
const extraKeys = ['name', 'tool_calls', 'tool_call_id', 'refusal'] as const;
const textTypes = new Set(['text', 'input_text', 'output_text']);
const partTypes = new Set(['image_url', 'input_audio', 'file', 'input_image', 'image', 'refusal']);

export function reportAt(reader: ChatReader, message: string, range: SourceRange | null, severity: Problem['severity'] = 'error'): void {
  reader.problems.push({ severity, code: 'PROMPT_INVALID', message, file: reader.file, range });
}

/** One entry of a list of `{ role, content }`; `null` where it cannot be used, which is then a problem. */
export function readEntry(reader: ChatReader, path: Path, entry: unknown): ChatEntry | null {
  const { base, document } = reader;
  const node = nodeAt(document, [...path]);
  if (!isRecord(entry)) {
    reportAt(reader, 'A message needs a role and content.', nodeRange(node, base));
    return null;
  }
  const role = typeof entry['role'] === 'string' ? roleOf(entry['role']) : null;
  if (role === null) {
    const range = nodeRange(nodeAt(document, [...path, 'role']), base) ?? nodeRange(node, base);
    reportAt(reader, 'The role is not known. Use system, developer, user, assistant or tool.', range);
  }
  const more: Record<string, unknown> = {};
  const tagged: TaggedText[] = [];
  for (const key of extraKeys) {
    if (entry[key] === undefined || entry[key] === null) continue;
    more[key] = entry[key];
    tagged.push(...taggedTexts(reader, [...path, key], entry[key]));
  }
  const { content } = entry;
  const isList = Array.isArray(content);
  const parts = isList
    ? (content as unknown[]).flatMap((part, index) => readPart(reader, [...path, 'content', index], part, role ?? 'user') ?? [])
    : typeof content === 'string'
      ? [readText(reader, [...path, 'content'], role ?? 'user')].filter((part) => part !== null)
      : [];
  if (parts.length === 0 && more['tool_calls'] === undefined) {
    const place = nodeRange(nodeAt(document, [...path, 'content']), base) ?? nodeRange(node, base);
    const empty = content === undefined || content === null || isList;
    const message = empty
      ? 'The message has no content. Write its text.'
      : 'The content is neither a text nor a list of parts. Write it as one text.';
    reportAt(reader, message, place, empty ? 'warning' : 'error');
    return null;
  }
  for (const part of parts) if ('raw' in part) tagged.push(...part.tagged);
  return { role: role ?? 'user', parts, isList, more, tagged };
}

function readText(reader: ChatReader, path: Path, role: LayoutMessage['role']): { text: LayoutMessage } | null {
  const node = nodeAt(reader.document, [...path]);
  const map = scalarMap(reader.source, node, reader.base);
  if (map === null) return null;
  const scan = scanTags(map.text, reader.dialect);
  reader.problems.push(...tagProblems(reader.file, map, reader.dialect, scan));
  return { text: { role, map, start: 0, end: map.text.length, tags: scan.tags, node } };
}

/** A part of a message: a text, which is the prompt's as any other, or a picture, sound or file, which is sent as it stands. */
function readPart(reader: ChatReader, path: Path, part: unknown, role: LayoutMessage['role']): ChatPart | null {
  const range = nodeRange(nodeAt(reader.document, [...path]), reader.base);
  if (typeof part === 'string') return readText(reader, path, role);
  const type = isRecord(part) ? (part['type'] ?? 'text') : null;
  if (isRecord(part) && typeof part['text'] === 'string' && typeof type === 'string' && textTypes.has(type))
    return readText(reader, [...path, 'text'], role);
  if (isRecord(part) && typeof part['type'] === 'string' && partTypes.has(part['type']))
    return { raw: part, tagged: taggedTexts(reader, path, part) };
  reportAt(reader, 'This part of the message is not known. Use text, image_url, input_audio or file.', range);
  return null;
}

/** Texts with placeholders at any depth: their variables are the prompt's, their text is nobody's to edit. */
function taggedTexts(reader: ChatReader, path: Path, value: unknown, depth = 0): TaggedText[] {
  if (depth > 8) return [];
  if (typeof value === 'string') {
    if (!value.includes('{{') && !value.includes('{%')) return [];
    const map = scalarMap(reader.source, nodeAt(reader.document, [...path]), reader.base);
    return map === null ? [] : [{ map, tags: scanTags(map.text, reader.dialect).tags }];
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => taggedTexts(reader, [...path, index], item, depth + 1));
  if (isRecord(value)) return Object.entries(value).flatMap(([key, item]) => taggedTexts(reader, [...path, key], item, depth + 1));
  return [];
}

/** Every message is one text: nothing else has to be known to render them. */
export function isPlain(entries: readonly ChatEntry[]): boolean {
  return entries.every(({ isList, more }) => !isList && Object.keys(more).length === 0);
}
