import { EngineError } from '../../engine/errors.js';
import type { ProbeStep } from '../../engine/feedback/sources/source.js';

const tlsCodes = /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|ERR_OSSL)/;

/** What failed and what to do, from a code of Node's or a SQLSTATE. Neither a password nor the text of a statement is ever in it. */
export function postgresFault(error: unknown, source: string, origin: string): EngineError {
  if (EngineError.is(error)) return error;
  const { code = '', message = '' } = error as { code?: string; message?: string };
  const fault = (step: ProbeStep, what: string): EngineError =>
    new EngineError('SOURCE_FAILED', `The database of ${source} (${origin}) ${what}`, { step, origin, code }, error);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return fault('name', 'has a host name that nobody knows. Check url in .ratchet/config.yaml.');
  if (tlsCodes.test(code) || /certificate|does not support SSL|SSL/i.test(message) || /altnames/i.test(message)) {
    return fault(
      'tls',
      `could not be reached by TLS: ${clip(message)}. Use a certificate that holds (NODE_EXTRA_CA_CERTS names your own), or write sslmode.`,
    );
  }
  if (code === '28P01' || code === '28000' || /password|SASL|SCRAM|authentication/i.test(message))
    return fault('auth', `does not let this user in: ${clip(message)}. Check user and key of the source.`);
  if (code === '3D000') return fault('permission', `has no database of that name: ${clip(message)}. Check url in .ratchet/config.yaml.`);
  if (code === '42501' || code === '42P01' || code === '3F000')
    return fault('permission', `does not let this user read: ${clip(message)}. Grant SELECT on the table, or correct tables:.`);
  if (code === '57014')
    return new EngineError(
      'TIMEOUT',
      `The database of ${source} (${origin}) took longer than its time limit. Add the indexes that the README gives, or ask for a shorter time with --since.`,
      { step: 'data' },
      error,
    );
  if (code === '53300' || code === '57P03' || code === '57P01')
    return fault('connect', `takes nobody in right now: ${clip(message)}. Try again later.`);
  if (
    /^(ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPIPE|08)/.test(code) ||
    /timeout|terminated|ended|closed/i.test(message)
  )
    return fault('connect', `does not answer: ${clip(message === '' ? code : message)}. Check that it runs and that url has its port.`);
  return fault('data', `could not answer: ${clip(message)}. Check tables: in .ratchet/config.yaml.`);
}

/** One line of what the server said. */
export function clip(message: string): string {
  return message.replace(/\s+/g, ' ').replace(/\.$/, '').slice(0, 200);
}
