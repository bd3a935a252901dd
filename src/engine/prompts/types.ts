/** One prompt in any format, with exact source ranges. See `parse.ts` for how each format fills it. */
import type { SourceRange } from '../../shared/documents.js';
import type { Problem } from '../config/types.js';
import type { ChatMessage, Role } from '../ports.js';

export type PromptFormat = 'prompty' | 'dotprompt' | 'github-models' | 'promptfoo' | 'text';

/** How placeholders are written: Prompty and promptfoo use `jinja` (Nunjucks), GitHub Models `replace`; `none` = the text has no placeholders. */
export type TemplateDialect = 'jinja' | 'mustache' | 'handlebars' | 'replace' | 'none';

export interface Segment {
  kind: 'text' | 'placeholder' | 'block' | 'comment' | 'media';
  /** Offsets in the file. */
  source: SourceRange;
  /** The segment's text with the file's escapes and indentation resolved. */
  text: string;
}

export interface PromptMessage {
  role: Role;
  /** From the first to the last character of the message's content in the file. */
  source: SourceRange;
  segments: Segment[];
}

export interface Placeholder {
  name: string;
  /** The whole tag as written, `{{ question | upper }}`. */
  raw: string;
  source: SourceRange;
  /** False where the template gives a default. */
  required: boolean;
}

export interface ModelHint {
  name: string | null;
  params: Record<string, unknown>;
}

export interface PromptDocument {
  /** Front matter `name`, else the workspace path without extension. */
  id: string;
  format: PromptFormat;
  /** Workspace-relative path. */
  file: string;
  /** JSON pointer inside a YAML file, for entries of `prompts:`. */
  entry: string | null;
  /** Of the LF-normalised UTF-8 source text of the file without BOM (or of the entry's scalar). */
  sha256: string;
  /** Source text as it is in the file. */
  text: string;
  messages: PromptMessage[];
  placeholders: Placeholder[];
  /** Never edited by the optimizer: front matter, role markers, tags and blocks, `prompt:frozen` regions. Sorted, disjoint. */
  frozen: SourceRange[];
  model: ModelHint | null;
  samples: Record<string, unknown>[];
  problems: Problem[];
  /** Absent only in documents that the parser did not make. */
  dialect?: TemplateDialect;
  /** Values that the front matter gives to inputs that are left out. */
  defaults?: Record<string, unknown>;
}

export interface RenderedPrompt {
  messages: ChatMessage[];
}

export interface TextEdit {
  range: SourceRange;
  newText: string;
}
