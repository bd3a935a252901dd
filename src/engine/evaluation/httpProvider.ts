import type { HttpModel, ModelProfile } from '../config/types.js';
import { isRecord } from '../config/yaml.js';
import { EngineError } from '../errors.js';

const known = new Set([
  'url',
  'method',
  'headers',
  'queryParams',
  'body',
  'transformResponse',
  'responseParser',
  'validateStatus',
  'timeoutMs',
  'cost',
]);

/** Why these are not done here. */
const refused: Readonly<Record<string, string>> = {
  request: 'Write url, method, headers and body in place of a raw request.',
  transformRequest: 'Write the body as a template.',
  requestTransform: 'Write the body as a template.',
  session: 'Sessions are not kept between requests.',
  sessionParser: 'Sessions are not kept between requests.',
  sessionSource: 'Sessions are not kept between requests.',
  auth: 'Put the key into headers as ${env:NAME}.',
  signatureAuth: 'Requests are not signed.',
  tls: 'Certificates are those of the machine.',
  multipart: 'Bodies of several parts are not made.',
};

/** What of an HTTP provider's `config` is not done here, by key, with what to do. Empty where all of it is. */
export function httpProblems(config: Readonly<Record<string, unknown>>): { key: string; message: string }[] {
  return Object.keys(config).flatMap((key) => {
    if (known.has(key)) return [];
    const why = Object.hasOwn(refused, key) ? refused[key] : undefined;
    return [{ key, message: `"${key}" of an HTTP provider is not done here. ${why ?? 'Take it out.'}` }];
  });
}

export function isHttpId(id: string): boolean {
  return /^https?(?::\/\/|$)/u.test(id);
}

/**
 * Profile of promptfoo's HTTP provider: id `https://…`, or `http`/`https` with `config.url`. `null` where the id is of something else.
 * Throws CONFIG_INVALID where there is no address, or the request would not be what the suite wants.
 */
export function httpProfile(id: string, config: Readonly<Record<string, unknown>>, suiteFile: string): ModelProfile | null {
  if (!isHttpId(id)) return null;
  const url = id.includes('://') ? id : config['url'];
  if (typeof url !== 'string' || url === '') {
    throw new EngineError('CONFIG_INVALID', `The provider "${id}" of ${suiteFile} has no address. Write config: { url: … }.`);
  }
  const [problem] = httpProblems(config);
  if (problem !== undefined) throw new EngineError('CONFIG_INVALID', `The provider "${id}" of ${suiteFile}: ${problem.message}`);
  const texts = (value: unknown): Record<string, string> =>
    isRecord(value)
      ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, typeof each === 'string' ? each : JSON.stringify(each)]))
      : {};
  const headers = texts(config['headers']);
  const query = texts(config['queryParams']);
  const { timeoutMs } = config;
  return {
    name: id,
    provider: 'http',
    model: url,
    baseUrl: url,
    params: {},
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(Object.keys(query).length === 0 ? {} : { query }),
    ...(typeof timeoutMs === 'number' && timeoutMs > 0 ? { timeoutMs } : {}),
    http: httpModel(config, suiteFile),
  };
}

function httpModel(config: Readonly<Record<string, unknown>>, suiteFile: string): HttpModel {
  const body = config['body'];
  const transform = config['transformResponse'] ?? config['responseParser'];
  const status = config['validateStatus'];
  return {
    method: typeof config['method'] === 'string' ? config['method'].toUpperCase() : body === undefined ? 'GET' : 'POST',
    ...(body === undefined || body === null ? {} : { body }),
    ...(typeof transform === 'string' && transform !== '' ? { transformResponse: transform } : {}),
    ...(typeof status === 'string' && status !== '' ? { validateStatus: status } : {}),
    ...(suiteFile.includes('/') ? { folder: suiteFile.slice(0, suiteFile.lastIndexOf('/')) } : {}),
  };
}
