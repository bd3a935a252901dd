/** The kinds of source that *Connect a Feedback Source…* offers, and what each has to be asked for: plain data, tested without an editor. */

/** What is asked for a kind, in the order of the steps. */
export type StepName = 'kind' | 'place' | 'tables' | 'project' | 'user' | 'key' | 'test' | 'preview' | 'save';

export interface Question {
  prompt: string;
  placeholder: string;
  required: boolean;
}

export interface SourceKind {
  kind: string;
  label: string;
  description: string;
  icon: string;
  place: 'file' | 'url' | 'none';
  /** Address that is offered. */
  url?: string;
  project?: Question;
  user?: Question;
  /** `variable`: name that the key has outside the editor, where config.yaml has to name one. */
  key?: { prompt: string; required: boolean; variable?: string };
  tables?: true;
  /** Canonical fields can be mapped by JSON path. */
  map?: true;
}

export const fileKind: SourceKind = {
  kind: 'jsonl',
  label: 'A File or Glob',
  description: 'JSON Lines, JSON, CSV, OTLP, exports of other tools, also as .gz',
  icon: 'file',
  place: 'file',
  map: true,
};

const project = (what: string, required = false): Question => ({
  prompt: required ? `Name or id of the ${what}` : `Name or id of the ${what}; empty: the default one`,
  placeholder: 'default',
  required,
});

const tables = { key: { prompt: 'Password', required: false }, tables: true, place: 'url' } as const;

export const sourceKinds: readonly SourceKind[] = [
  fileKind,
  {
    kind: 'collector',
    label: 'Collector',
    description: 'your application sends feedback to this machine by HTTP or OTLP',
    icon: 'radio-tower',
    place: 'none',
  },
  {
    kind: 'phoenix',
    label: 'Arize Phoenix',
    description: 'spans and annotations of a project',
    icon: 'server',
    place: 'url',
    url: 'http://127.0.0.1:6006',
    project: project('project'),
    key: { prompt: 'API key, where the server asks for one', required: false },
  },
  {
    kind: 'mlflow',
    label: 'MLflow',
    description: 'traces and assessments of an experiment',
    icon: 'server',
    place: 'url',
    url: 'http://127.0.0.1:5000',
    project: { prompt: 'Name or id of the experiment; empty: the default one', placeholder: 'Default', required: false },
    user: { prompt: 'User name, where the server asks for one; empty: none', placeholder: '', required: false },
    key: { prompt: 'Password or token, where the server asks for one', required: false },
  },
  {
    kind: 'langfuse',
    label: 'Langfuse',
    description: 'generations and scores of a project',
    icon: 'server',
    place: 'url',
    url: 'https://cloud.langfuse.com',
    user: { prompt: 'Public key of the project', placeholder: 'pk-lf-…', required: true },
    key: { prompt: 'Secret key of the project', required: true, variable: 'LANGFUSE_SECRET_KEY' },
  },
  {
    kind: 'langsmith',
    label: 'LangSmith',
    description: 'runs and feedback of a project',
    icon: 'server',
    place: 'url',
    url: 'https://api.smith.langchain.com',
    project: project('project', true),
    key: { prompt: 'API key', required: true, variable: 'LANGSMITH_API_KEY' },
  },
  {
    kind: 'opik',
    label: 'Opik',
    description: 'traces and feedback scores of a project',
    icon: 'server',
    place: 'url',
    url: 'http://127.0.0.1:5173/api',
    project: project('project'),
    user: { prompt: 'Workspace; empty on a server of your own', placeholder: '', required: false },
    key: { prompt: 'API key, where the server asks for one', required: false },
  },
  {
    kind: 'postgres',
    label: 'PostgreSQL',
    description: 'tables or views of a database; rows stay there, only sums are fetched',
    icon: 'database',
    url: 'postgres://127.0.0.1:5432/feedback',
    user: { prompt: 'Name of a user that may only read', placeholder: 'reader', required: false },
    ...tables,
  },
  {
    kind: 'clickhouse',
    label: 'ClickHouse',
    description: 'tables or views of a database; rows stay there, only sums are fetched',
    icon: 'database',
    url: 'http://127.0.0.1:8123/feedback',
    user: { prompt: 'Name of a user that may only read', placeholder: 'default', required: false },
    ...tables,
  },
];

export function kindOf(kind: string): SourceKind {
  return sourceKinds.find((item) => item.kind === kind) ?? { ...fileKind, kind };
}

/** The steps of a kind; `kind` is the first of all. */
export function stepsOf(kind: SourceKind | null): StepName[] {
  if (kind === null) return ['kind'];
  if (kind.place === 'none') return ['kind', 'save'];
  return [
    'kind',
    'place',
    ...(kind.tables === undefined ? [] : (['tables'] as const)),
    ...(kind.project === undefined ? [] : (['project'] as const)),
    ...(kind.user === undefined ? [] : (['user'] as const)),
    ...(kind.key === undefined ? [] : (['key'] as const)),
    ...(kind.place === 'url' ? (['test'] as const) : []),
    'preview',
    'save',
  ];
}

/** Which kind of file a path names; JSON Lines where its end does not say. */
export function fileKindOf(path: string): string {
  const name = path.toLowerCase().replace(/\.gz$/, '');
  if (/\.(csv|tsv)$/.test(name)) return 'csv';
  if (/\.json$/.test(name)) return 'json';
  if (/\.(pb|otlp|binpb|protobuf)$/.test(name)) return 'otlp-file';
  return 'jsonl';
}

/** Why `text` is no address for this kind; `null` where it is one. */
export function addressFault(kind: string, text: string): string | null {
  const address = text.trim();
  if (!URL.canParse(address)) return 'This is no address.';
  const { protocol, username, password, pathname } = new URL(address);
  if (username !== '' || password !== '') return 'Leave out user name and password: they are asked for next, and never stand in a file.';
  if (kind === 'postgres') {
    if (protocol !== 'postgres:' && protocol !== 'postgresql:') return 'Begin with postgres:// and end with the name of the database.';
    return pathname.length > 1 ? null : 'Name the database at the end: postgres://host:5432/database';
  }
  return protocol === 'https:' || protocol === 'http:' ? null : 'Begin with https:// or http://.';
}
