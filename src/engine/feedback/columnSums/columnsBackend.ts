/** The index of this workspace as a back end of scores and lists: sums over the columns in memory. */
import type { EngineContext } from '../../api.js';
import type { ComplaintRow, FeedbackBackend } from '../backend.js';
import type { Pseudonyms } from '../identity.js';
import type { IndexView } from '../indexView.js';
import { detail, page } from '../page.js';
import type { RecordAccess } from '../recordAccess.js';
import { newestFirst } from '../timeOrder.js';
import { groupSums } from './groupSums.js';
import { groupRows, type VersionGroup } from './groups.js';
import { segmentValues } from './segmentValues.js';
import { unitKey } from './units.js';

/** `view` already has the versions that are known: those of a request are not looked at. */
export function createColumnsBackend(tools: {
  context: EngineContext;
  view: IndexView;
  access: RecordAccess;
  pseudonyms: Pseudonyms | null;
}): FeedbackBackend {
  const { context, view, access } = tools;
  const { columns } = view;
  const { feedbackStore } = context.ports;

  /** Ids and comments of rows; of blocks that did not change since they were read, from memory. */
  async function commentsOf(rows: readonly number[]): Promise<{ n: number; id: string; text: string }[]> {
    const { texts, feedback, version } = columns;
    if (texts.size + rows.length > maxTexts) texts.clear();
    const isKnown = (n: number): boolean => (texts.get(n)?.version ?? -1) >= feedback.versionOf(n);
    const missing = rows.filter((n) => !isKnown(n));
    const locations = await feedbackStore.locateFeedback(missing);
    const read = await access.comments(locations);
    for (const n of missing) texts.delete(n);
    locations.forEach(({ n, id }, i) => texts.set(n, { version, id, text: read[i] ?? '' }));
    return rows.flatMap((n) => {
      const found = texts.get(n);
      return found === undefined ? [] : [{ n, id: found.id, text: found.text }];
    });
  }

  async function complaintsOf(group: VersionGroup, asOf: number, limit: number): Promise<ComplaintRow[]> {
    const { y } = columns.feedback.columns;
    const isRated = (n: number): boolean => !Number.isNaN(y.array[n] ?? NaN);
    const content = contentAnswers(view, group);
    const timeOf = (n: number): number => Math.min(asOf, columns.timeOf(columns.feedback, n));
    const complaints = group.complaints.numbers.filter((n) => isRated(n) || content[columns.served(n)] !== 1);
    const sorted = newestFirst(complaints, timeOf);
    // Of equal times the id decides, which only the store knows: all rows of the last time that is shown are looked at.
    const last = limit < sorted.length ? timeOf(sorted[limit - 1] ?? 0) : -Infinity;
    let end = Math.min(limit, sorted.length);
    while (end < sorted.length && timeOf(sorted[end] ?? 0) === last) end++;
    return (await commentsOf([...sorted.subarray(0, end)]))
      .map(({ n, id, text }): ComplaintRow => ({ id, time: timeOf(n), unit: String(unitKey(columns, n)), text, rated: isRated(n) }))
      .sort((a, b) => b.time - a.time || (a.id < b.id ? -1 : 1))
      .slice(0, limit);
  }

  return {
    async sums(request) {
      const { groups, unattributed } = groupRows(view, request.window);
      const wanted = groups.filter((group) => request.prompts?.includes(columns.word(group.prompt) ?? '') !== false);
      const segmentOf = request.segment === null ? () => undefined : await segmentValues(context, view, request.segment);
      return { groups: wanted.map((group) => groupSums(columns, group, request, segmentOf)), unattributed };
    },

    async complaints(asked, { window, limit }) {
      const { groups } = groupRows(view, window);
      const answers: ComplaintRow[][] = [];
      for (const { prompt, version } of asked) {
        const group = groups.find((each) => columns.word(each.prompt) === prompt && columns.word(each.version) === version);
        answers.push(group === undefined ? [] : await complaintsOf(group, window.asOf, limit));
      }
      return answers;
    },

    async page(query) {
      const { rows, total, nextCursor } = await page(query, tools);
      return { rows, total, nextCursor };
    },
    detail: (id) => detail(id, tools),
    async attributes() {
      const names = columns.files.size === 0 ? [] : await feedbackStore.attributeNames();
      return names.slice(0, maxAttributes).map((each) => each.name);
    },
  };
}

/** Marks the interactions that somebody rated well: words without a rating about them are no complaint. */
function contentAnswers({ columns }: IndexView, group: VersionGroup): Uint8Array {
  const { y } = columns.feedback.columns;
  const marks = new Uint8Array(columns.interactions.length);
  for (const n of group.explicit.numbers) {
    const served = (y.array[n] ?? 0) >= 0.5 ? columns.served(n) : -1;
    if (served >= 0) marks[served] = 1;
  }
  return marks;
}

const maxAttributes = 50;
/** Of a few prompts: some MB. */
const maxTexts = 20_000;
