/** A server with the shapes and limits of Opik's documented API. */
import { readFileSync } from 'node:fs';
import { startHttpServer, type Answer, type Asked, type HttpServer } from '../httpServer.js';
import { bounded, within, type Row } from './answers.js';

interface Listing {
  path: string;
  size: { default: number; max: number };
}
interface Fixture {
  contract: { projects: Listing; traces: Listing; spans: Listing; definitions: Listing };
  key: string;
  workspace: string;
  trace: Row;
  score: Row;
  definitions: Row[];
}

export const opik = JSON.parse(readFileSync(new URL('../../fixtures/servers/opik.json', import.meta.url), 'utf8')) as Fixture;

export function startOpik(traces: readonly Row[], before?: (asked: Asked) => Answer | null): Promise<HttpServer> {
  const { contract, key, workspace, definitions } = opik;
  return startHttpServer((asked) => {
    const early = before?.(asked);
    if (early !== undefined && early !== null) return early;
    if (asked.headers['authorization'] !== key)
      return { status: 401, json: { code: 401, message: 'User not allowed to access workspace' } };
    if (asked.headers['comet-workspace'] !== workspace) return { status: 403, json: { code: 403, message: 'Workspace is not yours' } };
    switch (asked.path.replace(/^\/api/u, '')) {
      case '/is-alive/ver':
        return { json: { version: '1.9.0' } };
      case contract.projects.path: {
        const name = asked.query.get('name');
        return page(asked, contract.projects, name === null || name === 'support' ? [{ id: 'project-1', name: 'support' }] : []);
      }
      case contract.definitions.path:
        return page(asked, contract.definitions, definitions);
      case contract.spans.path:
        return page(asked, contract.spans, []);
      case contract.traces.path: {
        if (asked.query.get('project_name') !== 'support') return { status: 404, json: { code: 404, message: 'Project not found' } };
        return page(
          asked,
          contract.traces,
          within(traces, 'start_time', asked.query.get('from_time'), asked.query.get('to_time')).reverse(),
        );
      }
      default:
        return { status: 404, json: { code: 404, message: 'HTTP 404 Not Found' } };
    }
  });
}

/** Pages by number: a trace that arrives meanwhile shifts the ones behind it. */
function page(asked: Asked, listing: Listing, rows: readonly Row[]): Answer {
  const size = bounded(asked.query.get('size'), { fallback: listing.size.default, max: listing.size.max });
  const number = bounded(asked.query.get('page'), { fallback: 1, max: Number.MAX_SAFE_INTEGER });
  if (size === null || number === null) return { status: 400, json: { errors: ['size'] } };
  const content = rows.slice((number - 1) * size, number * size);
  return { json: { page: number, size: content.length, total: rows.length, content } };
}
