/** Sources on their way between editor and language server: as they are connected, tested, previewed and shown. */

export interface SourcePreviewResult {
  detected: string;
  records: {
    line: number;
    prompt: string | null;
    version: string | null;
    signal: string | null;
    score: number | null;
    comment: string | null;
    problem: string | null;
  }[];
  fields: string[];
  /** By JSON path: the first value there, as short plain text. */
  examples?: Record<string, string>;
  /** Metrics whose meaning the source cannot tell: who says it, and on which range? */
  metrics?: { name: string; count: number; examples: string[] }[];
  problems: string[];
}

/** By metric: who says it and on which range. `signal: ignore` leaves it out. */
export interface ScoreMeaningParams {
  signal?: string;
  actor?: 'end_user' | 'expert' | 'llm_judge' | 'code' | 'system';
  min?: number;
  max?: number;
  higherIsBetter?: boolean;
}

/** A source as the connect steps build it; the keys are those of config.yaml. Never a literal key: that is bound to the origin and kept elsewhere. */
export interface SourceParams {
  name: string;
  kind: string;
  path?: string;
  url?: string;
  project?: string;
  user?: string;
  /** `${env:NAME}` only. */
  key?: string;
  /** Canonical field -> JSON path or constant. */
  map?: Record<string, string | { const: string | number | boolean | null }>;
  scores?: Record<string, ScoreMeaningParams>;
  format?: string;
  since?: string;
  lookback?: string;
  tables?: {
    interactions?: { table: string; columns?: Record<string, string> };
    feedback: { table: string; columns?: Record<string, string> };
  };
}

/** Which step of a connection fails, and what to do about it. */
export interface SourceProbe {
  ok: boolean;
  failed: string | null;
  detail: string;
  todo: string | null;
  version: string | null;
  caps: string[];
  /** What a key is bound to, where this kind of source takes one. */
  origin: string | null;
}

export interface SourceStatus {
  name: string;
  kind: string;
  /** Path or address, as config.yaml has it. */
  location: string;
  /** `waiting`: for trust; `new`: not read yet. */
  state: 'ok' | 'pulling' | 'failing' | 'waiting' | 'new';
  /** Why it fails or waits. */
  message: string | null;
  /** Last time it was read without a fault, and when it is read again by itself. */
  lastPull: string | null;
  nextPull: string | null;
  /** Records so far; `null` where they stay in a database. */
  interactions: number | null;
  feedback: number | null;
  rejected: { reason: string; count: number; firstLine: number }[];
  redacted: Record<string, number>;
  notes: string[];
  /** What its key is bound to; `null` where it takes none. */
  origin: string | null;
}
