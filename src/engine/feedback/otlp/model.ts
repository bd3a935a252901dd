/** What an OTLP request holds, whatever it was encoded in: the part of it that feedback is made of. */

/** Values are strings, numbers, booleans, `null`, arrays and plain objects of those. A `Map`, since keys come from outside. */
export type Attributes = ReadonlyMap<string, unknown>;

export interface OtlpEvent {
  name: string;
  /** Nanoseconds since 1970; `null` where there is none. */
  time: bigint | null;
  attributes: Attributes;
}

export interface OtlpSpan {
  /** Lower-case hex; `null` where it is missing, all zero or not an id. */
  traceId: string | null;
  spanId: string | null;
  parentSpanId: string | null;
  name: string;
  start: bigint | null;
  end: bigint | null;
  status: 'unset' | 'ok' | 'error';
  attributes: Attributes;
  events: OtlpEvent[];
  resource: Attributes;
}

export interface OtlpLog {
  traceId: string | null;
  spanId: string | null;
  time: bigint | null;
  observed: bigint | null;
  /** `eventName`, or attribute `event.name` of older SDKs. */
  eventName: string;
  attributes: Attributes;
  resource: Attributes;
}

/** A request as a whole is not OTLP, or over a limit. */
export class OtlpError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'OtlpError';
  }
}

/** Of a request: what is beyond cannot be meant, and would fill the memory. */
export const otlpLimits = { depth: 32, records: 100_000, values: 2_000_000 } as const;

/** Counts what a request makes the reader build. Throws `OtlpError` beyond the limits. */
export class OtlpBudget {
  private records = 0;
  private values = 0;

  record(): void {
    if (++this.records > otlpLimits.records) throw new OtlpError('more than 100,000 records in one request');
  }

  value(): void {
    if (++this.values > otlpLimits.values) throw new OtlpError('more than 2,000,000 values in one request');
  }
}

/** All that is kept of a resource: the rest names machines, processes and their owners. */
export const resourceKeys: readonly string[] = ['service.name', 'service.version', 'deployment.environment.name'];

export function pickResource(attributes: Attributes): Attributes {
  const kept = new Map<string, unknown>();
  for (const key of resourceKeys) {
    const value = attributes.get(key) ?? (key === 'deployment.environment.name' ? attributes.get('deployment.environment') : undefined);
    if (typeof value === 'string' && value !== '') kept.set(key, value);
  }
  return kept;
}
