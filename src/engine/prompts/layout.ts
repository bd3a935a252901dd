import type { SourceRange } from '../../shared/documents.js';
import type { Problem } from '../config/types.js';
import type { Role } from '../ports.js';
import type { Tag, TagScan } from './tags/types.js';
import { scanJinja } from './tags/jinja.js';
import { scanHandlebars, scanMustache, scanReplace } from './tags/mustache.js';
import { checkSyntax } from './render/syntax.js';
import { sourceOf } from './textMap.js';
import type { TextMap } from './textMap.js';
import type { ModelHint, PromptFormat, TemplateDialect } from './types.js';

/** A message as a stretch of a mapped text. Several messages may share one map (a template body with role markers). */
export interface LayoutMessage {
  role: Role;
  map: TextMap;
  /** Offsets in `map.text`. */
  start: number;
  end: number;
  /** Tags between `start` and `end`, offsets in `map.text`. */
  tags: Tag[];
  /** The YAML node of the message's text, where it stands in one. */
  node?: unknown;
}

/** A text beside the messages' own with the placeholders in it. */
export interface TaggedText {
  map: TextMap;
  tags: Tag[];
}

export type ChatPart = { text: LayoutMessage } | { raw: Record<string, unknown>; tagged: TaggedText[] };

/** A message of a chat that is more than a text: parts, calls of tools, their answers. Strings in `raw` and `more` are templates. */
export interface ChatEntry {
  role: Role;
  parts: ChatPart[];
  /** The content is a list of parts. */
  isList: boolean;
  /** `tool_calls`, `tool_call_id` and `name` as they stand. */
  more: Record<string, unknown>;
  tagged: TaggedText[];
}

/** What a format's reader found in a file: everything that the document, rendering and edits are made from. */
export interface Layout {
  format: PromptFormat;
  dialect: TemplateDialect;
  name: string | null;
  nameRange: SourceRange | null;
  messages: LayoutMessage[];
  /** Body of a template with role markers: rendered as a whole, then split. `null` where each message stands alone. */
  body: TextMap | null;
  /** Of a chat with more than texts: what is sent. `messages` are its texts, each with its place. */
  chat?: ChatEntry[];
  model: ModelHint | null;
  samples: Record<string, unknown>[];
  defaults: Record<string, unknown>;
  problems: Problem[];
}

export function scanTags(text: string, dialect: TemplateDialect): TagScan {
  switch (dialect) {
    case 'jinja':
      return scanJinja(text);
    case 'handlebars':
      return scanHandlebars(text);
    case 'mustache':
      return scanMustache(text);
    case 'replace':
      return scanReplace(text);
    case 'none':
      return { tags: [], problems: [] };
  }
}

const roles: Record<string, Role> = {
  system: 'system',
  developer: 'developer',
  user: 'user',
  assistant: 'assistant',
  model: 'assistant',
  tool: 'tool',
  tools: 'tool',
  function: 'tool',
};

export function roleOf(name: string): Role | null {
  const key = name.trim().toLowerCase();
  return Object.hasOwn(roles, key) ? (roles[key] ?? null) : null;
}

/** Drops line ends at both ends of `[start, end)`, as the formats' own readers do. */
export function trimLines(text: string, start: number, end: number): { start: number; end: number } {
  let from = start;
  let to = end;
  while (from < to && text[from] === '\n') from += 1;
  while (to > from && text[to - 1] === '\n') to -= 1;
  return { start: from, end: to };
}

/** The tags that lie in `[start, end)`, by bisection: a hostile file has very many of both messages and tags. */
export function tagsBetween(tags: readonly Tag[], start: number, end: number): Tag[] {
  const firstFrom = (place: number): number => {
    let low = 0;
    let high = tags.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((tags[middle]?.start ?? 0) < place) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return tags.slice(firstFrom(start), firstFrom(end));
}

/** Problems of a template's tags, and where those are none, what the template engine's parser says. */
export function tagProblems(file: string, map: TextMap, dialect: TemplateDialect, scan: TagScan): Problem[] {
  const syntax = scan.problems.length === 0 ? checkSyntax(map.text, dialect, scan.tags) : null;
  return [...scan.problems, ...(syntax === null ? [] : [syntax])].map((problem) => ({
    severity: 'error',
    code: 'TEMPLATE_INVALID',
    message: problem.message,
    file,
    range: sourceOf(map, problem.start, problem.end),
  }));
}
