import { EngineError } from '../../engine/errors.js';
import type { ProbeStep } from '../../engine/feedback/sources/source.js';
import { clip } from '../postgres/faults.js';

const authCodes = ['516', '192', '193', '194'];
const permissionCodes = ['497', '60', '81', '291'];

interface Said {
  code?: string;
  type?: string;
  message?: string;
}

/** READONLY: settings may not be changed, which says that writing is out of the question as well. */
export function isReadonlyProfile(error: unknown): boolean {
  const { code, message = '' } = error as Said;
  return code === '164' || code === '452' || /Cannot modify .* setting in readonly mode/.test(message);
}

/** What failed and what to do, from a code of Node's or of ClickHouse. Neither a password nor the text of a statement is ever in it. */
export function clickhouseFault(error: unknown, source: string, origin: string): EngineError {
  if (EngineError.is(error)) return error;
  const { code = '', message = '' } = error as Said;
  const fault = (step: ProbeStep, what: string): EngineError =>
    new EngineError('SOURCE_FAILED', `The database of ${source} (${origin}) ${what}`, { step, origin, code }, error);
  const said = clip(message.replace(/\s*In scope [\s\S]*$/, '').replace(/: While (executing|processing)[\s\S]*$/, ''));
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return fault('name', 'has a host name that nobody knows. Check url in .ratchet/config.yaml.');
  if (/^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|ERR_OSSL|EPROTO)/.test(code))
    return fault(
      'tls',
      `could not be reached by TLS: ${said}. Use a certificate that holds (NODE_EXTRA_CA_CERTS names your own), and https with the right port.`,
    );
  if (authCodes.includes(code) || /Authentication failed|401/.test(message))
    return fault('auth', `does not let this user in: ${said}. Check user and key of the source.`);
  if (permissionCodes.includes(code))
    return fault('permission', `does not let this user read: ${said}. Grant SELECT on the table, or correct project: and tables:.`);
  if (code === '159' || code === '160' || /^Timeout error/.test(message))
    return new EngineError(
      'TIMEOUT',
      `The database of ${source} (${origin}) took longer than its time limit. Ask for a shorter time with --since.`,
      { step: 'data' },
      error,
    );
  if (/^(ECONN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPIPE|UND_)/.test(code) || /socket hang up|timeout/i.test(message))
    return fault('connect', `does not answer: ${said === '' ? code : said}. Check that it runs and that url has its HTTP port.`);
  return fault('data', `could not answer: ${said}. Check tables: in .ratchet/config.yaml.`);
}
