/** `ratchet audit --json`: records of the hash-chained log, and whether it holds. */

export interface AuditRecord {
  v: 1;
  seq: number;
  ts: string;
  prev: string;
  actor: { kind: 'user' | 'policy' | 'system'; id: string };
  type: string;
  subject: Record<string, string | null>;
  data: Record<string, unknown>;
  artifacts: Record<string, string>;
  hash: string;
}

export interface AuditDocument {
  schema: 'promptratchet.audit/1';
  status: 'ok' | 'broken' | 'truncated' | 'torn' | 'empty';
  records: number;
  head: string | null;
  anchor: { seq: number; hash: string } | null;
  /** Sequence number (0-based) of the first record that does not hold, where `status` is `broken` or `truncated`. */
  at: number | null;
  message: string;
  entries?: AuditRecord[];
}
