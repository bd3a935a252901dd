/** `.ratchet/config.yaml`, parsed and checked. See the README for every key. */
import type { SourceRange } from '../../shared/documents.js';

/** A canonical field's value: a JSON path into the record, or a constant. */
export type FieldMapping = string | { const: string | number | boolean | null };

export interface SourceConfig {
  name: string;
  kind: string;
  /** File sources: workspace-relative or absolute, may be a glob. */
  path?: string;
  url?: string;
  map?: Record<string, FieldMapping>;
}

export interface ModelProfile {
  name: string;
  provider: 'openai' | 'llama' | 'replay' | 'echo';
  model: string;
  baseUrl?: string;
  /** Only ever a reference such as `${env:NAME}`; a literal key is refused with CONFIG_INVALID. */
  key?: string;
  /** Recorded answers of a `replay` profile; workspace-relative JSONL. */
  file?: string;
  params: Record<string, unknown>;
  /** Per million tokens. */
  price?: { in: number; out: number };
  concurrency?: number;
  timeoutMs?: number;
}

export interface WorkspaceConfig {
  version: 1;
  threshold: number;
  /** Globs; `null` = every file of a known format outside ignored folders. */
  prompts: string[] | null;
  sources: SourceConfig[];
  models: ModelProfile[];
  defaults: { model?: string; judge?: string; reflection?: string; embedding?: string };
}

/** Something wrong in a file that a user can mend; `range` says where. */
export interface Problem {
  severity: 'error' | 'warning' | 'info';
  code: string;
  message: string;
  file: string;
  range: SourceRange | null;
  /** From 1, where whoever reported it knew the text. */
  line?: number;
}
