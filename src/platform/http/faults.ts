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

/** What happened, and what to do about it. */
const words: Record<HttpFault, readonly [string, string]> = {
  name: ['the name of this host cannot be resolved', 'Check the address for a typing error, and the network.'],
  refused: ['nothing listens there', 'Start the server, or correct host and port.'],
  unreachable: ['it cannot be reached from here', 'Check the network, the VPN and the port.'],
  tls: ['the encrypted connection (TLS) failed', 'Check that the server speaks https at this port.'],
  timeout: ['no answer came in time', 'Try again later.'],
  closed: ['the connection was closed before the answer was complete', 'Try again later.'],
  tooLarge: ['the answer is too large', 'Check the address.'],
  redirect: ['it redirects elsewhere', 'Write the final address as url.'],
};

/** Whether the same request may well succeed in a moment. */
const passing: readonly HttpFault[] = ['refused', 'unreachable', 'timeout', 'closed'];

/** SOURCE_FAILED with `details`: `fault`, `origin`, `retryable`, and the two halves of the message, `said` and `todo`. */
export function httpFault(fault: HttpFault, origin: string, happened?: string, next?: string): EngineError {
  const said = `${origin}: ${happened ?? words[fault][0]}`;
  const todo = next ?? words[fault][1];
  return new EngineError('SOURCE_FAILED', `${said}. ${todo}`, { fault, origin, said, todo, retryable: passing.includes(fault) });
}

/** Turns what `fetch` throws into our errors. Its own errors are never passed on as a cause: they may hold headers. */
export function toHttpFault(error: unknown, origin: string): EngineError {
  if (EngineError.is(error)) return error;
  const code = codeOf(error);
  const fault = code === null ? undefined : codes[code];
  if (code !== null && (fault === 'tls' || tlsCode.test(code))) return httpFault('tls', origin, ...tlsWords(code));
  if (fault !== undefined) return httpFault(fault, origin);
  if (error instanceof Error && error.cause instanceof Error && error.cause.message === 'bad port') {
    // The standard of fetch names ports of other protocols that no web client may ask, 6000 among them.
    return httpFault('unreachable', origin, 'web clients refuse to ask this port', 'Let the server listen on another port.');
  }
  // Any other end of a connection, e.g. an answer that is no HTTP; the code, where there is one, is all that is safe to repeat.
  return httpFault('closed', origin, `no proper HTTP answer came${code === null ? '' : ` (${code})`}`, 'Check the address and the port.');
}

function tlsWords(code: string): [string] | [string, string] {
  if (code === 'CERT_HAS_EXPIRED') return ['its certificate (TLS) has expired', 'Renew it on the server.'];
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH')
    return ['its certificate (TLS) is for another host', 'Use the name that the certificate was made for.'];
  if (/SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)/.test(code)) {
    return [
      `its certificate (TLS) is signed by nobody whom this machine trusts (${code})`,
      'Name the file of the authority’s certificate in NODE_EXTRA_CA_CERTS, or use http:// where the server has no TLS.',
    ];
  }
  return [`the encrypted connection (TLS) failed (${code})`];
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
