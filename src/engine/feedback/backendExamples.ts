/**
 * What a back end that is no index of ours (a database) knows of a prompt's answers, by its lists and details alone: example values of variables, and
 * answers that were corrected or liked. Bounded, since each answer is some questions to a database that others need too.
 */
import type { FeedbackDetail, FeedbackRow } from '../../shared/documents.js';
import type { FeedbackService } from '../api.js';
import type { FeedbackBackend, KnownVersions } from './backend.js';

/** Of `FeedbackService.examples`. */
export type Example = Awaited<ReturnType<FeedbackService['examples']>>[number];

const mostAnswers = 100;
const fewestAnswers = 20;
const answersForVariables = 12;
/** Asked at the same time. */
const atOnce = 4;
const valuesPerVariable = 5;
const valueLength = 200;
const likedFrom = 0.75;

/** Values in the answers of the newest feedback, newest first. */
export async function variablesFrom(
  backend: Pick<FeedbackBackend, 'page' | 'detail'>,
  prompt: string,
  known: KnownVersions,
): Promise<Record<string, string[]>> {
  const { rows } = await backend.page({ prompt, limit: answersForVariables }, known);
  const values = new Map<string, string[]>();
  for (const { interaction } of await answers(backend, rows, answersForVariables, known)) {
    for (const [name, value] of Object.entries(interaction.variables)) {
      const before = values.get(name) ?? [];
      const short = value.slice(0, valueLength);
      if (before.length < valuesPerVariable && !before.includes(short)) before.push(short);
      values.set(name, before);
    }
  }
  return Object.fromEntries(values);
}

/** As `FeedbackService.examples`, of the newest feedback that is a correction, says that the answer was liked, or corrects a bad one. */
export async function examplesFrom(
  backend: Pick<FeedbackBackend, 'page' | 'detail'>,
  prompt: string,
  limit: number,
  known: KnownVersions,
): Promise<Example[]> {
  if (limit <= 0) return [];
  // Some turn out to be disliked by others, or to have no text.
  const most = Math.min(mostAnswers, Math.max(fewestAnswers, 2 * limit));
  const asked = [{ signal: 'explicit.correction' }, { low: true }, { minY: likedFrom }];
  const pages = await Promise.all(asked.map((filter) => backend.page({ prompt, ...filter, limit: 2 * most }, known)));
  const rows = pages
    .flatMap((page) => page.rows)
    .filter((row) => isExplicit(row) && (row.correction !== null || (row.y !== null && row.y >= likedFrom)))
    .sort((a, b) => (a.time === b.time ? (a.id < b.id ? -1 : 1) : a.time < b.time ? 1 : -1));
  const found = await answers(backend, rows, most, known);
  return found.flatMap((detail) => exampleOf(detail, prompt) ?? []).slice(0, limit);
}

function isExplicit({ signal }: FeedbackRow): boolean {
  return signal.startsWith('explicit.');
}

function exampleOf({ row, others, interaction }: Answer, prompt: string): Example | null {
  if (interaction.output === null) return null;
  const said = [row, ...others].filter((each) => isExplicit(each) && each.prompt === prompt).sort((a, b) => (a.time < b.time ? -1 : 1));
  const corrected = said.filter(({ correction }) => correction !== null).at(-1)?.correction ?? null;
  const users = new Map<string, number[]>();
  for (const { id, user, y } of said) {
    if (y === null) continue;
    const key = user ?? `record ${id}`;
    users.set(key, [...(users.get(key) ?? []), y]);
  }
  const mean = users.size === 0 ? null : meanOf([...users.values()].map(meanOf));
  if (corrected === null && (mean === null || mean < likedFrom)) return null;
  const { variables, output } = interaction;
  // A correction without a rating says that the answer was not right.
  return { feedbackIds: said.map(({ id }) => id), variables, output, corrected, raters: users.size, y: mean ?? 0 };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

type Answer = FeedbackDetail & { interaction: NonNullable<FeedbackDetail['interaction']> };

/** The answers that these rows are about, each once, in the order of the rows. */
async function answers(
  backend: Pick<FeedbackBackend, 'detail'>,
  rows: readonly FeedbackRow[],
  most: number,
  known: KnownVersions,
): Promise<Answer[]> {
  const found = new Map<string, Answer>();
  const named = new Set<string>();
  const open = rows.filter(({ id, interaction }) => {
    const key = interaction ?? `record ${id}`;
    return !named.has(key) && named.add(key).size > 0;
  });
  for (let from = 0; from < open.length && found.size < most; from += atOnce) {
    const details = await Promise.all(open.slice(from, from + atOnce).map(({ id }) => backend.detail(id, known)));
    for (const detail of details) {
      const interaction = detail?.interaction ?? null;
      if (detail === null || interaction === null || found.has(interaction.id) || found.size >= most) continue;
      found.set(interaction.id, { ...detail, interaction });
    }
  }
  return [...found.values()];
}

/** In turns, so that each list's newest come first; at most `limit`. */
export function inTurns<T>(lists: readonly (readonly T[])[], limit: number): T[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  const all: T[] = [];
  for (let place = 0; place < longest && all.length < limit; place++) {
    for (const list of lists) if (place < list.length) all.push(list[place] as T);
  }
  return all.slice(0, Math.max(0, limit));
}

/** Values of several back ends: those of the first stand first. */
export function mergedVariables(lists: readonly Record<string, string[]>[]): Record<string, string[]> {
  const names = [...new Set(lists.flatMap((list) => Object.keys(list)))].sort();
  return Object.fromEntries(
    names.map((name) => {
      const values = inTurns(
        lists.map((list) => (Object.hasOwn(list, name) ? (list[name] ?? []) : [])),
        Infinity,
      );
      return [name, [...new Set(values)].slice(0, valuesPerVariable)];
    }),
  );
}
