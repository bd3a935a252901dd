import { basename, normalise } from '../paths.js';
import type { Problem } from '../config/types.js';
import type { SourceRange } from '../../shared/documents.js';
import { isSent } from '../evaluation/modelParams.js';
import { readChatList, readGithubModels } from './formats/chatYaml.js';
import { readDotprompt } from './formats/dotprompt.js';
import { readPlainText } from './formats/plainText.js';
import { readPrompty } from './formats/prompty.js';
import { promptSha256 } from './hash.js';
import type { Layout, LayoutMessage, TaggedText } from './layout.js';
import { mergeRanges, outside } from './ranges.js';
import { sourceOf } from './textMap.js';
import type { TextMap } from './textMap.js';
import type { Placeholder, PromptDocument, PromptMessage, Segment } from './types.js';

/** A prompt is sent to a model as a whole, so a larger file is a mistake or an attack. */
export const maxPromptChars = 1024 * 1024;

const extensions = /\.(?:prompty|prompt|prompt\.ya?ml)$/iu;
const unsafeName = /[\\<>:"|?*\u0000-\u001f]|^\s|\s$|^\/|\/$|\/\/|(?:^|\/)\.{1,2}(?:\/|$)|\.(?:\/|$)/u;

/** Does the name of the file say that it is a prompt? `.prompt.md` is VS Code's own format and is not ours. */
export function hasPromptExtension(file: string): boolean {
  return extensions.test(basename(file));
}

/** The workspace path without the format's extension: the id of a prompt that has no name. */
export function pathId(file: string): string {
  const path = normalise(file);
  return hasPromptExtension(path) ? path.replace(extensions, '') : path.replace(/(?<=[^/])\.[^./]+$/u, '');
}

function readLayout(file: string, text: string): Layout {
  const name = basename(file).toLowerCase();
  if (name.endsWith('.prompty')) return readPrompty(file, text);
  if (name.endsWith('.prompt')) return readDotprompt(file, text);
  if (name.endsWith('.prompt.yml') || name.endsWith('.prompt.yaml')) return readGithubModels(file, text);
  if (/\.(?:json|ya?ml)$/u.test(name)) return readChatList(file, text) ?? readPlainText(file, text, 'jinja');
  return readPlainText(file, text, 'jinja');
}

function segmentsOf(message: LayoutMessage): Segment[] {
  const { map } = message;
  const segments: Segment[] = [];
  let place = message.start;
  const add = (kind: Segment['kind'], start: number, end: number): void => {
    if (end > start) segments.push({ kind, source: sourceOf(map, start, end), text: map.text.slice(start, end) });
  };
  for (const tag of message.tags) {
    add('text', place, tag.start);
    add(tag.kind === 'role' ? 'block' : tag.kind, tag.start, tag.end);
    place = tag.end;
  }
  add('text', place, message.end);
  return segments;
}

function placeholdersOf(layout: Layout): Placeholder[] {
  const beside = (layout.chat ?? []).flatMap(({ tagged }) => tagged);
  return [...layout.messages, ...beside].flatMap(({ map, tags }) =>
    tags.flatMap((tag) =>
      tag.names.map(({ name, required }) => ({
        name,
        raw: map.text.slice(tag.start, tag.end),
        source: sourceOf(map, tag.start, tag.end),
        required: required && !Object.hasOwn(layout.defaults, name),
      })),
    ),
  );
}

/**
 * Regions between `<!-- prompt:frozen -->` and `<!-- /prompt:frozen -->`, or to the end of the prompt (`open`). A region goes
 * on over the ends of messages.
 */
export function frozenRegions(layout: Layout): { range: SourceRange; open: boolean }[] {
  const regions: { range: SourceRange; open: boolean }[] = [];
  let from: number | null = null;
  for (const { map, start, end } of layout.messages) {
    for (const match of map.text.slice(start, end).matchAll(/<!--\s*(\/?)prompt:frozen\s*-->/gu)) {
      const marker = sourceOf(map, start + match.index, start + match.index + match[0].length);
      if (match[1] !== '/') from ??= marker.start;
      else {
        regions.push({ range: { start: from ?? marker.start, end: marker.end }, open: false });
        from = null;
      }
    }
  }
  const last = layout.messages.at(-1);
  if (from !== null && last !== undefined) regions.push({ range: { start: from, end: last.map.end(last.end) }, open: true });
  return regions;
}

function frozenOf(layout: Layout, sources: readonly SourceRange[], length: number): SourceRange[] {
  const tags = layout.messages.flatMap(({ map, tags: found }) => found.map((tag) => sourceOf(map, tag.start, tag.end)));
  return mergeRanges([...outside(sources, length), ...tags, ...frozenRegions(layout).map(({ range }) => range)]);
}

function idOf(file: string, layout: Layout): { id: string; problems: Problem[] } {
  if (layout.name === null) return { id: pathId(file), problems: [] };
  const name = layout.name.trim();
  if (name.length <= 200 && !unsafeName.test(name)) return { id: name, problems: [] };
  const id = pathId(file);
  const message = `This name cannot be used as a file name, so the prompt is called ${id}. Use letters, digits, "-", "_" and "/".`;
  return { id, problems: [{ severity: 'error', code: 'PROMPT_NAME_INVALID', message, file, range: layout.nameRange }] };
}

/** Parameters of the front matter that no request has: they would be left out in silence. */
function paramProblems(file: string, { model }: Layout): Problem[] {
  const unknown = Object.keys(model?.params ?? {}).filter((name) => !isSent(name));
  if (unknown.length === 0) return [];
  const message = `Not sent to a model: ${unknown.join(', ')}. Take it out, or write it as the endpoint names it.`;
  return [{ severity: 'info', code: 'PARAM_NOT_SENT', message, file, range: null }];
}

/** A document for a file that cannot be read: it stands in the list with its problem and hides no other. */
export function unreadable(file: string, code: string, message: string, text = ''): PromptDocument {
  return {
    id: pathId(file),
    format: 'text',
    file,
    entry: null,
    sha256: '',
    text,
    messages: [],
    placeholders: [],
    frozen: text === '' ? [] : [{ start: 0, end: text.length }],
    model: null,
    samples: [],
    problems: [{ severity: 'error', code, message, file, range: null }],
    dialect: 'none',
  };
}

const layouts = new WeakMap<PromptDocument, Layout>();

/** The reader's result behind a document; read again where the document was made elsewhere. */
export function layoutOf(document: PromptDocument): Layout {
  const known = layouts.get(document);
  if (known !== undefined) return known;
  const layout = readLayout(document.file, document.text);
  layouts.set(document, layout);
  return layout;
}

/** The document with further problems; cached documents are never changed. */
export function withProblems(document: PromptDocument, problems: readonly Problem[]): PromptDocument {
  const copy = { ...document, problems: [...document.problems, ...problems] };
  const layout = layouts.get(document);
  if (layout !== undefined) layouts.set(copy, layout);
  return copy;
}

/** Reads a prompt in any format. Never throws on content: what is wrong is in `problems`. */
export function parsePrompt(path: string, text: string): PromptDocument {
  const file = normalise(path);
  if (text.length > maxPromptChars) {
    const message = `The prompt has ${String(text.length)} characters, over the limit of ${String(maxPromptChars)}. Make it shorter.`;
    return unreadable(file, 'PROMPT_TOO_LARGE', message, text);
  }
  const layout = readLayout(file, text);
  const { id, problems } = idOf(file, layout);
  return documentOf(layout, { id, file, entry: null, sha256: promptSha256(text), text }, problems);
}

/** A prompt that stands as a text in another file: its place there as a JSON pointer, and where each of its characters is. */
export interface PromptEntry {
  id: string;
  pointer: string;
  map: TextMap;
}

/** Reads a text of a YAML or JSON file as a prompt: a chat (`[{ role, content }]`) or one user message. Ranges are those of the file. */
export function parseEntry(path: string, text: string, { id, pointer, map }: PromptEntry): PromptDocument {
  const file = normalise(path);
  if (map.text.length > maxPromptChars) return { ...parsePrompt(file, map.text), id, entry: pointer };
  const chat = /^\s*(?:\[|- )/u.test(map.text) ? readChatList(file, map.text) : null;
  // With tags around its messages it is no list yet; rendered it may be one.
  const isChat = chat?.problems.every(({ code }) => !code.startsWith('YAML_')) ?? false;
  const inner = isChat && chat !== null ? chat : readPlainText(file, map.text, 'jinja');
  const placed = ({ node: _, ...message }: LayoutMessage): LayoutMessage => ({ ...message, map: within(map, message.map) });
  const tagged = (texts: readonly TaggedText[]): TaggedText[] => texts.map((each) => ({ ...each, map: within(map, each.map) }));
  const layout: Layout = {
    ...inner,
    messages: inner.messages.map(placed),
    problems: inner.problems.map((problem) => ({
      ...problem,
      range: problem.range === null ? null : sourceOf(map, problem.range.start, problem.range.end),
    })),
  };
  if (inner.chat !== undefined) {
    layout.chat = inner.chat.map((entry) => ({
      ...entry,
      tagged: tagged(entry.tagged),
      parts: entry.parts.map((part) => ('text' in part ? { text: placed(part.text) } : { ...part, tagged: tagged(part.tagged) })),
    }));
  }
  return documentOf(layout, { id, file, entry: pointer, sha256: promptSha256(map.text), text }, []);
}

/** A text inside of a text: its characters are looked up in both. */
function within(outer: TextMap, inner: TextMap): TextMap {
  return { text: inner.text, start: (index) => outer.start(inner.start(index)), end: (index) => outer.end(inner.end(index)) };
}

function documentOf(
  layout: Layout,
  head: Pick<PromptDocument, 'id' | 'file' | 'entry' | 'sha256' | 'text'>,
  problems: readonly Problem[],
): PromptDocument {
  const messages: PromptMessage[] = layout.messages.map((message) => ({
    role: message.role,
    source: sourceOf(message.map, message.start, message.end),
    segments: segmentsOf(message),
  }));
  const document: PromptDocument = {
    ...head,
    format: layout.format,
    messages,
    placeholders: placeholdersOf(layout),
    frozen: frozenOf(
      layout,
      messages.map((message) => message.source),
      head.text.length,
    ),
    model: layout.model,
    samples: layout.samples,
    problems: [...layout.problems, ...problems, ...paramProblems(head.file, layout)],
    dialect: layout.dialect,
    defaults: layout.defaults,
  };
  layouts.set(document, layout);
  return document;
}
