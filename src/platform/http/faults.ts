/** Why no answer came, told from the error codes of Node's sockets, resolver and TLS; a message is for people and differs between releases. */
import { EngineError } from '../../engine/errors.js';
import type { HttpFault } from '../../engine/ports.js';

const codes: Record<string, HttpFault> = {
  ENOTFOUND: 'name',
  EAI_AGAIN: 'name',
  EAI_NODATA: 'name',
  EAI_NONAME: 'name',
  ECONNREFUSED: 'refused',
  ENETUNREACH: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ENETDOWN: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  ECONNRESET: 'closed',
  EPIPE: 'closed',
  ECONNABORTED: 'closed',
  UND_ERR_SOCKET: 'closed',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'closed',
  EPROTO: 'tls',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls',
  HOSTNAME_MISMATCH: 'tls',
};

/** Node's names of OpenSSL's verdicts on a certificate. */
const tlsCode = /^(ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO_|INVALID_CA|PATH_LENGTH_|INVALID_PURPOSE|ERROR_IN_CERT_)/;

const said: Record<HttpFault, string> = {
  name: 'the name of this host cannot be resolved. Check the address for a typing error, and the network',
  refused: 'nothing listens there. Start the server, or correct host and port',
  unreachable: 'it cannot be reached from here. Check the network, the VPN and the port',
  tls: 'the encrypted connection (TLS) failed',
  timeout: 'no answer in time. Try again later',
  closed: 'the connection was closed before the answer was complete. Try again later',
  tooLarge: 'the answer is too large',
  redirect: 'it redirects elsewhere',
};

/** Whether the same request may well succeed in a moment. */
const passing: readonly HttpFault[] = ['refused', 'unreachable', 'timeout', 'closed'];

/** SOURCE_FAILED with `details.fault`. `more` stands in place of the usual sentence. */
export function httpFault(fault: HttpFault, origin: string, more?: string): EngineError {
  return new EngineError('SOURCE_FAILED', `${origin}: ${more ?? said[fault]}.`, { fault, origin, retryable: passing.includes(fault) });
}

/** Turns what `fetch` throws into our errors. Its own errors are never passed on as a cause: they may hold headers. */
export function toHttpFault(error: unknown, origin: string): EngineError {
  if (EngineError.is(error)) return error;
  const code = codeOf(error);
  if (code !== null && tlsCode.test(code)) return httpFault('tls', origin, tlsSentence(code));
  const fault = code === null ? undefined : codes[code];
  if (fault === 'tls') return httpFault('tls', origin, tlsSentence(code ?? ''));
  if (fault !== undefined) return httpFault(fault, origin);
  // Any other end of a connection, e.g. an answer that is no HTTP; the code, where there is one, is all that is safe to repeat.
  return httpFault('closed', origin, `no proper HTTP answer came${code === null ? '' : ` (${code})`}. Check the address and the port`);
}

function tlsSentence(code: string): string {
  if (code === 'CERT_HAS_EXPIRED') return 'its certificate (TLS) has expired. Renew it on the server';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH')
    return 'its certificate (TLS) is for another host. Use the name that the certificate was made for';
  if (/SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)/.test(code))
    return `its certificate (TLS) is signed by nobody whom this machine trusts (${code}). Give the authority's certificate by NODE_EXTRA_CA_CERTS, or use http:// where the server has no TLS`;
  return `${said.tls} (${code}). Check that the server speaks https at this port`;
}

/** The first code in a chain of causes; of several addresses that were tried, the first that says one. */
function codeOf(error: unknown): string | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    if (at instanceof AggregateError) {
      for (const each of at.errors) {
        const code = codeOf(each);
        if (code !== null) return code;
      }
    }
  }
  return null;
}
