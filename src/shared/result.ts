/** An expected failure crosses the wire as data, so that a host can show its sentence and offer the next step. */
export interface Failure {
  code: string;
  message: string;
  /** Origin (`https://host`) that the failure is about, where it is about one: lets a host ask for a key or a confirmation. */
  origin?: string;
}

export type Result<T> = { ok: true; value: T } | { ok: false; error: Failure };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function fail<T>(code: string, message: string, origin?: string): Result<T> {
  return { ok: false, error: { code, message, ...(origin === undefined ? {} : { origin }) } };
}
