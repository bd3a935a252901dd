/** What the runner asks of its worker thread. */
export type CodeJob =
  | { id: number; kind: 'regex'; pattern: string; flags: string; text: string }
  | { id: number; kind: 'schema'; schema: unknown; values: readonly unknown[] };

/** `invalid`: the code or pattern cannot be compiled; `threw`: it ran and threw. */
export type CodeAnswer = { id: number; ok: true; value: unknown } | { id: number; ok: false; kind: 'invalid' | 'threw'; message: string };
