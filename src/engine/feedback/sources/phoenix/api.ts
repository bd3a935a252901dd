/** The REST API of Phoenix (20.26.1), as far as feedback needs it. Ids and cursors are opaque. */
import { field, isObject, textOf, type Json } from '../../values.js';
import { apiFault } from '../http/faults.js';
import type { ApiClient, Query } from '../http/client.js';
import { pages, type Page } from '../http/pages.js';

export interface PhoenixLimits {
  spans: number;
  annotations: number;
  /** Ids in one address: a proxy may cap it at 8 KB. */
  ids: number;
}

export const phoenixLimits: PhoenixLimits = { spans: 500, annotations: 1000, ids: 100 };

export interface Project {
  id: string;
  name: string;
}

/** The lists of Phoenix: `{data, next_cursor}`. */
export function pageOf(client: ApiClient, body: unknown, what: string): Page<unknown> {
  const data = isObject(body) ? field(body, 'data') : null;
  if (!isObject(body) || !Array.isArray(data)) {
    throw apiFault({
      step: 'data',
      said: `${client.origin}: its answer holds no list of ${what}`,
      todo: 'Check that url is the address of a Phoenix server, and its version.',
    });
  }
  return { items: data as unknown[], next: textOf(field(body, 'next_cursor')) };
}

async function listAll(client: ApiClient, path: string, what: string, signal: AbortSignal | undefined): Promise<Json[]> {
  const found: Json[] = [];
  const fetch = async (cursor: string | null, limit: number): Promise<Page<unknown>> => {
    const query: Query = [['limit', String(limit)], ...(cursor === null ? [] : [['cursor', cursor] as const])];
    return pageOf(client, (await client.get(path, query)).body, what);
  };
  for await (const page of pages(fetch, { origin: client.origin, what, start: null, limit: 100, signal }))
    found.push(...page.items.filter(isObject));
  return found;
}

/** A project by name or id. Addressed by its id: a name may hold a slash, which Phoenix answers with a web page. Throws SOURCE_FAILED. */
export async function findProject(client: ApiClient, wanted: string, signal: AbortSignal | undefined): Promise<Project> {
  const projects = (await listAll(client, '/v1/projects', 'projects', signal)).flatMap((item): Project[] => {
    const id = textOf(field(item, 'id'));
    const name = textOf(field(item, 'name'));
    return id === null || name === null ? [] : [{ id, name }];
  });
  const found = projects.find(({ name }) => name === wanted) ?? projects.find(({ id }) => id === wanted);
  if (found !== undefined) return found;
  const names = projects.slice(0, 8).map(({ name }) => name);
  throw apiFault({
    step: 'data',
    said: `${client.origin}: there is no project “${wanted}”`,
    todo: names.length === 0 ? 'Send spans to it first.' : `Write one of its projects as project: ${names.join(', ')}.`,
  });
}

export async function annotationConfigs(client: ApiClient, signal: AbortSignal | undefined): Promise<Json[]> {
  return listAll(client, '/v1/annotation_configs', 'annotation configs', signal);
}

/** Spans, the last to arrive first: the one order that every version has and that more spans do not move. `cursor` is the id of its first row. */
export async function spansPage(
  client: ApiClient,
  project: string,
  query: Query,
  cursor: string | null,
  limit: number,
): Promise<Page<unknown>> {
  const whole: Query = [...query, ['limit', String(limit)], ...(cursor === null ? [] : [['cursor', cursor] as const])];
  const { body } = await client.get(`/v1/projects/${encodeURIComponent(project)}/spans`, whole);
  return pageOf(client, body, 'spans');
}

export type AnnotationType = 'span' | 'trace' | 'session';

/** All annotations of some spans, traces or sessions. None of them known there is an answer: there are none. */
export async function annotationsOf(
  client: ApiClient,
  project: string,
  type: AnnotationType,
  ids: readonly string[],
  limits: PhoenixLimits,
  signal: AbortSignal | undefined,
): Promise<unknown[]> {
  const found: unknown[] = [];
  const path = `/v1/projects/${encodeURIComponent(project)}/${type}_annotations`;
  for (let at = 0; at < ids.length; at += limits.ids) {
    const chunk = ids.slice(at, at + limits.ids).map((id) => [`${type}_ids`, id] as const);
    const fetch = async (cursor: string | null, limit: number): Promise<Page<unknown>> => {
      const query: Query = [...chunk, ['limit', String(limit)], ...(cursor === null ? [] : [['cursor', cursor] as const])];
      const { status, body } = await client.get(path, query, { accept: [404] });
      return status === 404 ? { items: [], next: null } : pageOf(client, body, 'annotations');
    };
    const what = `${type} annotations`;
    for await (const page of pages(fetch, { origin: client.origin, what, start: null, limit: limits.annotations, signal }))
      found.push(...page.items);
  }
  return found;
}
