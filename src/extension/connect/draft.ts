/** What the connect steps have gathered so far: plain functions, so that they can be tested without an editor. */
import type { ScoreMeaningParams, SourceParams } from '../../shared/sourceProtocol.js';
import { kindOf } from './kinds.js';
import type { Mapping } from './mapping.js';

export interface Draft {
  kind: string | null;
  path: string;
  url: string;
  project: string;
  user: string;
  /** Name of an environment variable with the key; empty: the one of the address. */
  keyVariable: string;
  feedbackTable: string;
  interactionsTable: string;
  /** Canonical field -> column of the table of feedback. */
  columns: Record<string, string>;
  map: Mapping;
  scores: Record<string, ScoreMeaningParams>;
}

export function emptyDraft(): Draft {
  return {
    kind: null,
    path: '',
    url: '',
    project: '',
    user: '',
    keyVariable: '',
    feedbackTable: '',
    interactionsTable: '',
    columns: {},
    map: {},
    scores: {},
  };
}

/** Another kind: what was said of the one before does not hold for it. */
export function withKind(draft: Draft, kind: string): Draft {
  return draft.kind === kind ? draft : { ...emptyDraft(), kind };
}

/** What a person recognises an unfinished draft by. */
export function draftTitle(draft: Draft): string | null {
  if (draft.kind === null) return null;
  const place = draft.path === '' ? draft.url : draft.path;
  return place === '' ? null : `${kindOf(draft.kind).label}: ${place}`;
}

/** A name that no other source has, after its place. */
export function sourceName(draft: Draft, taken: readonly string[]): string {
  const base = baseName(draft);
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}-${String(number)}`;
    if (!taken.includes(name)) return name;
  }
}

function baseName({ kind, path, project }: Draft): string {
  const from =
    kindOf(kind ?? 'jsonl').place !== 'file' ? [kind, project].filter((part) => part !== null && part !== '').join('-') : fileName(path);
  return from.replace(/[^\w.-]+/g, '-').replace(/^-+|-+$/g, '') || 'feedback';
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/(\.(jsonl|ndjson|json|csv|tsv|pb|otlp))?(\.gz)?$/, '');
}

const filled = <T extends object>(record: T): T | undefined => (Object.keys(record).length === 0 ? undefined : record);
const said = (text: string): string | undefined => (text === '' ? undefined : text);

/** The source as config.yaml will have it: only the keys of its kind, and only those that say something. */
export function toParams(draft: Draft, taken: readonly string[]): SourceParams {
  const kind = kindOf(draft.kind ?? 'jsonl');
  const { feedbackTable, interactionsTable, columns } = draft;
  const variable = said(draft.keyVariable) ?? (kind.key?.required === true ? kind.key.variable : undefined);
  const all = {
    path: kind.place === 'file' ? said(draft.path) : undefined,
    url: kind.place === 'url' ? said(draft.url) : undefined,
    project: said(draft.project),
    user: said(draft.user),
    key: variable === undefined ? undefined : `\${env:${variable}}`,
    map: filled(draft.map),
    scores: filled(draft.scores),
    tables:
      kind.tables === undefined
        ? undefined
        : {
            ...(interactionsTable === '' ? {} : { interactions: { table: interactionsTable } }),
            feedback: { table: feedbackTable, ...(filled(columns) === undefined ? {} : { columns }) },
          },
  };
  const params = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return { name: sourceName(draft, taken), kind: kind.kind, ...params };
}
