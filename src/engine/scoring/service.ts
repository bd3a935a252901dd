/** Scores of prompts, by version and channel, from the feedback index. Same data and same `asOf`: same document. */
import type { PromptScore, ScoreDocument, Theme, VersionEntry, VersionScore } from '../../shared/documents.js';
import type { ConfigService, EngineContext, PromptService, ScoreOptions, ScoreService, VersionService } from '../api.js';
import { EngineError } from '../errors.js';
import type { IndexView } from '../feedback/indexView.js';
import { timeLimit } from '../feedback/page.js';
import type { RecordAccess } from '../feedback/recordAccess.js';
import type { IndexedFeedbackService } from '../feedback/service.js';
import { toIso } from '../feedback/time.js';
import type { PromptDocument } from '../prompts/types.js';
import { groupRows, type VersionGroup } from './groups.js';
import { scoreSegments, segmentValues } from './segments.js';
import { findThemes, type Complaint } from './themes/themes.js';
import { unitKey } from './units.js';
import { headlineOf, scoreVersion } from './versionScore.js';

export interface ScoreServices {
  config: ConfigService;
  prompts: PromptService;
  versions: VersionService;
  feedback: IndexedFeedbackService;
}

/** Themes are looked for in the newest complaints of a version. */
const maxComplaints = 2000;

export function createScoreService(context: EngineContext, services: ScoreServices): ScoreService {
  return {
    score: (options = {}) => services.feedback.withIndex((view, access) => score(context, services, view, access, options)),
  };
}

interface Known {
  documents: readonly PromptDocument[];
  /** Registry entries by prompt id. */
  entries: ReadonlyMap<string, readonly VersionEntry[]>;
}

async function score(
  context: EngineContext,
  services: ScoreServices,
  view: IndexView,
  access: RecordAccess,
  options: ScoreOptions,
): Promise<ScoreDocument> {
  const { config } = await services.config.load();
  const threshold = options.threshold ?? context.options.threshold ?? config.threshold;
  const asked = timeLimit(options.asOf, 'as-of');
  const asOf = asked ?? context.ports.clock.now().getTime();
  const window = { since: timeLimit(options.since, 'since'), until: timeLimit(options.until, 'until'), asOf, asked: asked !== null };
  const documents = await services.prompts.list();
  const registry = await services.versions.list();
  const known: Known = { documents, entries: new Map(registry.prompts.map((each) => [each.prompt, each.versions])) };
  const { groups, unattributed } = groupRows(view, window);
  const byPrompt = new Map<string, VersionGroup[]>(documents.map((each) => [each.id, []]));
  for (const group of groups) {
    const id = view.columns.word(group.prompt) ?? '';
    byPrompt.set(id, [...(byPrompt.get(id) ?? []), group]);
  }
  const wanted = wantedPrompts(options.prompts ?? [], documents, byPrompt);
  const prompts: PromptScore[] = [];
  for (const id of [...byPrompt.keys()].sort()) {
    if (wanted !== null && !wanted.has(id)) continue;
    const document = documents.find((each) => each.id === id) ?? null;
    const current = document === null ? null : await services.versions.current(document);
    const scorer = new PromptScorer(
      context,
      view,
      access,
      { document, current, entries: known.entries.get(id) ?? [] },
      { asOf, threshold, segment: options.segment },
    );
    prompts.push({ prompt: id, current, versions: await scorer.versions(byPrompt.get(id) ?? []) });
  }
  return {
    schema: 'promptratchet.score/1',
    asOf: toIso(asOf),
    threshold,
    prompts,
    unattributed,
    rejected: view.columns.files.size === 0 ? [] : await context.ports.feedbackStore.rejected(),
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
    private readonly context: EngineContext,
    private readonly view: IndexView,
    private readonly access: RecordAccess,
    private readonly prompt: { document: PromptDocument | null; current: string | null; entries: readonly VersionEntry[] },
    private readonly options: { asOf: number; threshold: number; segment: string | undefined },
  ) {}

  /** Versions by number, other labels behind them by alphabet, the unknown version last. */
  async versions(groups: readonly VersionGroup[]): Promise<VersionScore[]> {
    const labelled = groups.map((group) => ({ group, label: this.view.columns.word(group.version) }));
    labelled.sort((a, b) => compareVersions(a.label, b.label));
    const scores: VersionScore[] = [];
    const newest = labelled.findLast((each) => each.label !== null)?.label ?? null;
    for (const { group, label } of labelled) scores.push(await this.version(group, label, newest));
    return scores;
  }

  private async version(group: VersionGroup, label: string | null, newest: string | null): Promise<VersionScore> {
    const { columns } = this.view;
    const { asOf, threshold, segment } = this.options;
    const { rows } = headlineOf(group);
    return {
      version: label,
      sha256: this.prompt.entries.find((each) => each.version === label)?.sha256 ?? null,
      ...scoreVersion(columns, group, asOf, threshold),
      themes: await this.themes(group, this.servedText(label, newest)),
      segments:
        segment === undefined
          ? []
          : scoreSegments(this.view, rows, await segmentValues(this.context, this.view, this.access, rows, segment), segment, asOf),
    };
  }

  private async themes(group: VersionGroup, served: PromptDocument | null): Promise<Theme[]> {
    const { columns } = this.view;
    const { feedbackStore } = this.context.ports;
    const { y, interaction } = columns.feedback.columns;
    const isRated = (n: number): boolean => !Number.isNaN(y.array[n] ?? NaN);
    const content = group.complaints.every(isRated) ? new Set<number>() : contentAnswers(this.view, group);
    const complaints = group.complaints
      .filter((n) => isRated(n) || !content.has(interaction.array[n] ?? -1))
      .map((n) => ({ n, time: columns.timeOf(columns.feedback, n) }))
      .sort((a, b) => b.time - a.time || b.n - a.n)
      .slice(0, maxComplaints);
    if (complaints.length === 0) return [];
    const texts = await feedbackStore.comments(complaints.map((each) => each.n));
    const read = complaints.map(({ n, time }): Complaint => ({
      n,
      time,
      unit: unitKey(columns, n),
      text: texts.get(n) ?? '',
      rated: isRated(n),
    }));
    const themes = findThemes(read, served);
    const ids = new Map(
      (await feedbackStore.locateFeedback(themes.flatMap((theme) => theme.exampleRows))).map((each) => [each.n, each.id]),
    );
    return themes.map(({ exampleRows, ...theme }) => ({ ...theme, examples: exampleRows.flatMap((n) => ids.get(n) ?? []) }));
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

/** Interactions that somebody rated well: words without a rating about them are no complaint. */
function contentAnswers(view: IndexView, group: VersionGroup): Set<number> {
  const { interaction, y } = view.columns.feedback.columns;
  return new Set(
    group.explicit.filter((n) => (interaction.array[n] ?? -1) >= 0 && (y.array[n] ?? 0) >= 0.5).map((n) => interaction.array[n] ?? -1),
  );
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
