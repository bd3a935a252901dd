/** Scores of prompts, by version and channel, from the feedback index. Same data and same `asOf`: same document. */
import type { PromptScore, ScoreDocument, Theme, VersionScore } from '../../shared/documents.js';
import type { VersionEntry } from '../../shared/versionDocument.js';
import type { ConfigService, EngineContext, PromptService, ScoreOptions, ScoreService, VersionService } from '../api.js';
import { EngineError } from '../errors.js';
import type { BackendSet, GroupSums } from '../feedback/backend.js';
import { parseTime, toIso } from '../feedback/time.js';
import type { PromptDocument } from '../prompts/types.js';
import { changeDays } from '../stats/change.js';
import { ComplaintReader } from './complaints.js';
import { mergeSums } from './merge.js';
import { scoreSegments, targetingOf } from './segments.js';
import { ThemeMemory } from './themes/memory.js';
import { namingProfile, relabelThemes } from './themes/relabel.js';
import { dayMs } from './values.js';
import { headlineOf, scoreVersion } from './versionScore.js';

export interface ScoreServices {
  config: ConfigService;
  prompts: PromptService;
  versions: VersionService;
  feedback: { withBackends<T>(work: (set: BackendSet) => Promise<T>, sums?: boolean): Promise<T> };
}

/** Half-life of a unit's weight. For display only: a canary test must not decay. */
const halfLifeMs = 14 * dayMs;

export function createScoreService(context: EngineContext, services: ScoreServices): ScoreService {
  const memory = new ThemeMemory();
  return {
    score: (options = {}, signal) => services.feedback.withBackends((set) => score(context, services, memory, set, options, signal), true),
  };
}

/** Themes with other labels, or the same; `texts`: comments by id. */
type Namer = (themes: Theme[], texts: ReadonlyMap<string, string>) => Promise<Theme[]>;

interface Known {
  documents: readonly PromptDocument[];
  /** Registry entries by prompt id. */
  entries: ReadonlyMap<string, readonly VersionEntry[]>;
}

async function score(
  context: EngineContext,
  services: ScoreServices,
  memory: ThemeMemory,
  { backends, known: versions, rejected, failed = [] }: BackendSet,
  options: ScoreOptions,
  signal: AbortSignal | undefined,
): Promise<ScoreDocument> {
  const { config } = await services.config.load();
  const threshold = options.threshold ?? context.options.threshold ?? config.threshold;
  const asked = timeLimit(options.asOf, 'as-of');
  const asOf = asked ?? context.ports.clock.now().getTime();
  const window = { since: timeLimit(options.since, 'since'), until: timeLimit(options.until, 'until'), asOf, asked: asked !== null };
  const documents = await services.prompts.list();
  const registry = await services.versions.list();
  const known: Known = { documents, entries: new Map(registry.prompts.map((each) => [each.prompt, each.versions])) };
  const request = { window, known: versions, halfLifeMs, days: changeDays, prompts: null, segment: options.segment ?? null };
  const { groups, unattributed } = mergeSums(await Promise.all(backends.map((backend) => backend.sums(request))));
  const byPrompt = new Map<string, GroupSums[]>(documents.map((each) => [each.id, []]));
  for (const group of groups) byPrompt.set(group.prompt, [...(byPrompt.get(group.prompt) ?? []), group]);
  const wanted = wantedPrompts(options.prompts ?? [], documents, byPrompt);
  const client = options.relabel === true ? await context.ports.models.client(namingProfile(config)) : null;
  const name: Namer = (themes, texts) => (client === null ? Promise.resolve(themes) : relabelThemes(client, themes, texts, signal));
  const prompts: PromptScore[] = [];
  const ids = [...byPrompt.keys()].sort().filter((id) => wanted?.has(id) !== false);
  const complaints = new ComplaintReader(
    backends,
    { window, known: versions },
    ids.flatMap((id) => byPrompt.get(id) ?? []),
  );
  for (const id of ids) {
    const document = documents.find((each) => each.id === id) ?? null;
    const current = document === null ? null : await services.versions.current(document);
    const scorer = new PromptScorer(
      complaints,
      { document, current, entries: known.entries.get(id) ?? [] },
      { asOf, threshold, segment: options.segment, name, memory, themes: options.themes ?? 'fresh' },
    );
    const own = byPrompt.get(id) ?? [];
    const scores = await scorer.versions(own);
    const targeting = options.segment === undefined ? [] : targetingOf(own, current, options.segment);
    prompts.push({ prompt: id, current, versions: scores, ...(options.segment === undefined ? {} : { targeting }) });
  }
  return {
    schema: 'promptratchet.score/1',
    asOf: toIso(asOf),
    threshold,
    prompts,
    unattributed,
    rejected,
    ...(failed.length === 0 ? {} : { failed: [...failed] }),
  };
}

/** By id or by file; `null` = all. Throws PROMPT_NOT_FOUND for a name that neither the workspace nor the log knows. */
function wantedPrompts(
  names: readonly string[],
  documents: readonly PromptDocument[],
  logged: ReadonlyMap<string, unknown>,
): Set<string> | null {
  if (names.length === 0) return null;
  return new Set(
    names.map((name) => {
      const id = logged.has(name) ? name : documents.find((each) => each.file === name)?.id;
      if (id === undefined) {
        const there = [...logged.keys()].sort().slice(0, 5).join(', ');
        const next = there === '' ? 'There is no prompt yet.' : `Prompts are ${there}.`;
        throw new EngineError('PROMPT_NOT_FOUND', `There is no prompt "${name}". ${next}`, { name });
      }
      return id;
    }),
  );
}

class PromptScorer {
  constructor(
    private readonly complaints: ComplaintReader,
    private readonly prompt: { document: PromptDocument | null; current: string | null; entries: readonly VersionEntry[] },
    private readonly options: {
      asOf: number;
      threshold: number;
      segment: string | undefined;
      name: Namer;
      memory: ThemeMemory;
      themes: 'fresh' | 'last';
    },
  ) {}

  /** Versions by number, other labels behind them by alphabet, the unknown version last. */
  async versions(groups: readonly GroupSums[]): Promise<VersionScore[]> {
    const sorted = [...groups].sort((a, b) => compareVersions(a.version, b.version));
    const newest = sorted.findLast((each) => each.version !== null)?.version ?? null;
    const scores: VersionScore[] = [];
    for (const group of sorted) scores.push(await this.version(group, newest));
    return scores;
  }

  private async version(group: GroupSums, newest: string | null): Promise<VersionScore> {
    const { asOf, threshold, segment } = this.options;
    const headline = headlineOf(group);
    return {
      version: group.version,
      sha256: this.prompt.entries.find((each) => each.version === group.version)?.sha256 ?? null,
      ...scoreVersion(group, headline, asOf, threshold),
      themes: group.complaints === 0 ? [] : await this.themes(group, this.servedText(group.version, newest)),
      segments: segment === undefined ? [] : scoreSegments(group, headline.key, segment),
    };
  }

  private async themes(group: GroupSums, served: PromptDocument | null): Promise<Theme[]> {
    const { memory, name, themes } = this.options;
    const key = JSON.stringify([group.prompt, group.version]);
    if (themes === 'last') return memory.known(key);
    const complaints = await this.complaints.take(group);
    return name(memory.themes(key, complaints, served), new Map(complaints.map(({ id, text }) => [id, text])));
  }

  /**
   * The working file, where it is the text that this version's users had: the version whose text it is; for an unknown
   * version the only text that there ever was; and where the registry knows no version at all, the newest of the log.
   */
  private servedText(label: string | null, newest: string | null): PromptDocument | null {
    const { document, entries } = this.prompt;
    if (document === null) return null;
    if (entries.length === 0) return label === null || label === newest ? document : null;
    const version = label ?? (entries.length === 1 ? entries[0]?.version : undefined);
    return entries.some((each) => each.version === version && each.sha256 === document.sha256) ? document : null;
  }
}

/** ms; throws BAD_USAGE for a text that is no time. */
function timeLimit(text: string | undefined, name: string): number | null {
  if (text === undefined) return null;
  const time = parseTime(text);
  if (time === null) throw new EngineError('BAD_USAGE', `"${text}" is not a time for ${name}. Write it like 2026-11-23T19:20:26Z.`);
  return time;
}

export function compareVersions(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  const x = /^v?(\d+)$/.exec(a)?.[1];
  const y = /^v?(\d+)$/.exec(b)?.[1];
  if (x !== undefined && y !== undefined && Number(x) !== Number(y)) return Number(x) - Number(y);
  if ((x === undefined) !== (y === undefined)) return x === undefined ? 1 : -1;
  return a < b ? -1 : 1;
}
