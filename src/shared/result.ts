/** An expected failure crosses the wire as data, so that a host can show its sentence and offer the next step. */
export interface Failure {
  code: string;
  message: string;
}

export type Result<T> = { ok: true; value: T } | { ok: false; error: Failure };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function fail<T>(code: string, message: string): Result<T> {
  return { ok: false, error: { code, message } };
}
