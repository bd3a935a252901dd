/** Failures of servers as a user sees them: at which step, what happened, what to do. */
import { EngineError } from '../../../errors.js';
import type { HttpFault } from '../../../ports.js';
import type { ProbeStep } from '../source.js';

export interface ApiFault {
  step: ProbeStep;
  /** A clause without its full stop. */
  said: string;
  /** Whole sentences. */
  todo: string;
  status?: number;
  /** Whether the same request may well succeed in a moment. */
  retryable?: boolean;
}

/** SOURCE_FAILED (KEY_MISSING for a key that is not there) whose details hold the fault, so that a probe can say its step. */
export function apiFault(fault: ApiFault, code: 'SOURCE_FAILED' | 'KEY_MISSING' = 'SOURCE_FAILED'): EngineError {
  return new EngineError(code, `${fault.said}. ${fault.todo}`, { ...fault });
}

const steps: Record<HttpFault, ProbeStep> = {
  name: 'name',
  refused: 'connect',
  unreachable: 'connect',
  timeout: 'connect',
  closed: 'connect',
  tooLarge: 'data',
  tls: 'tls',
  redirect: 'config',
};

/** At which step an error stopped. */
export function stepOf(error: EngineError): ProbeStep {
  const { step, fault } = error.details;
  if (typeof step === 'string') return step as ProbeStep;
  if (typeof fault === 'string' && Object.hasOwn(steps, fault)) return steps[fault as HttpFault];
  if (error.code === 'UNTRUSTED_WORKSPACE' || error.code === 'ORIGIN_NOT_CONFIRMED') return 'trust';
  if (error.code === 'KEY_MISSING') return 'auth';
  return error.code === 'CONFIG_INVALID' ? 'config' : 'data';
}

/** What happened and what to do, as two texts; an error that is not of a server has both in its one sentence. */
export function wordsOf(error: EngineError): { said: string; todo: string } {
  const { said, todo } = error.details;
  if (typeof said === 'string' && typeof todo === 'string') return { said, todo };
  const [first = '', ...rest] = error.message.split(/(?<=\.)\s+/u);
  return { said: first.replace(/\.$/u, ''), todo: rest.length === 0 ? error.message : rest.join(' ') };
}

export function httpFaultOf(error: unknown): HttpFault | null {
  if (!EngineError.is(error, 'SOURCE_FAILED')) return null;
  const { fault } = error.details;
  return typeof fault === 'string' && Object.hasOwn(steps, fault) ? (fault as HttpFault) : null;
}
