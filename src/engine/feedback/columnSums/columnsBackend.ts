/** The index of this workspace as a back end of scores and lists: sums over the columns in memory. */
import type { EngineContext } from '../../api.js';
import type { ComplaintRow, FeedbackBackend, GroupSums, SumsRequest } from '../backend.js';
import type { Pseudonyms } from '../identity.js';
import type { IndexView } from '../indexView.js';
import { detail, page } from '../page.js';
import type { RecordAccess } from '../recordAccess.js';
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

  async function sumsOf(group: VersionGroup, request: SumsRequest): Promise<GroupSums> {
    const { segment } = request;
    return groupSums(columns, group, request, {
      probabilities: await probabilitiesOf(group.expert),
      segments:
        segment === null
          ? new Map<number, string>()
          : await segmentValues(context, view, access, [...group.explicit, ...group.expertRandom], segment),
    });
  }

  async function probabilitiesOf(rows: readonly number[]): Promise<Map<number, number>> {
    const found = new Map<number, number>();
    if (rows.length === 0) return found;
    for (const location of await feedbackStore.locateFeedback(rows)) {
      const probability = (await access.feedback(location))?.inclusionProb;
      if (probability !== undefined) found.set(location.n, probability);
    }
    return found;
  }

  return {
    async sums(request) {
      const { groups, unattributed } = groupRows(view, request.window);
      const wanted = groups.filter((group) => request.prompts?.includes(columns.word(group.prompt) ?? '') !== false);
      const result: GroupSums[] = [];
      for (const group of wanted) result.push(await sumsOf(group, request));
      return { groups: result, unattributed };
    },

    async complaints({ prompt, version }, { window, limit }) {
      const { groups } = groupRows(view, window);
      const group = groups.find((each) => columns.word(each.prompt) === prompt && columns.word(each.version) === version);
      if (group === undefined) return [];
      const { y, interaction } = columns.feedback.columns;
      const isRated = (n: number): boolean => !Number.isNaN(y.array[n] ?? NaN);
      const content = contentAnswers(view, group);
      const rows = group.complaints
        .filter((n) => isRated(n) || !content.has(interaction.array[n] ?? -1))
        .map((n) => ({ n, time: Math.min(window.asOf, columns.timeOf(columns.feedback, n)) }))
        .sort((a, b) => b.time - a.time);
      // Of equal times the id decides, which only the store knows: all rows of the last time that is shown are looked at.
      const last = rows[limit - 1]?.time ?? -Infinity;
      const shown = rows.filter((each) => each.time >= last);
      const numbers = shown.map((each) => each.n);
      const texts = await feedbackStore.comments(numbers);
      const ids = new Map((await feedbackStore.locateFeedback(numbers)).map((each) => [each.n, each.id]));
      return shown
        .map(({ n, time }): ComplaintRow => ({
          id: ids.get(n) ?? '',
          time,
          unit: String(unitKey(columns, n)),
          text: texts.get(n) ?? '',
          rated: isRated(n),
        }))
        .sort((a, b) => b.time - a.time || (a.id < b.id ? -1 : 1))
        .slice(0, limit);
    },

    async page(query) {
      const { rows, total, nextCursor } = await page(query, tools);
      return { rows, total, nextCursor };
    },
    detail: (id) => detail(id, tools),
    attributes: () => attributeNames(tools),
  };
}

/** Interactions that somebody rated well: words without a rating about them are no complaint. */
function contentAnswers(view: IndexView, group: VersionGroup): Set<number> {
  const { interaction, y } = view.columns.feedback.columns;
  return new Set(
    group.explicit.filter((n) => (interaction.array[n] ?? -1) >= 0 && (y.array[n] ?? 0) >= 0.5).map((n) => interaction.array[n] ?? -1),
  );
}

const maxAttributes = 50;

/** The index has no attributes: they are read from the records. */
async function attributeNames({
  context,
  view,
  access,
}: {
  context: EngineContext;
  view: IndexView;
  access: RecordAccess;
}): Promise<string[]> {
  const { feedbackStore } = context.ports;
  const { columns } = view;
  const live = (table: { length: number; columns: { live: { array: Int32Array } } }): number[] =>
    Array.from({ length: table.length }, (_, n) => n).filter((n) => table.columns.live.array[n] === 1);
  const counts = new Map<string, number>();
  const count = (attributes: Record<string, string> | undefined): void => {
    for (const name of Object.keys(attributes ?? {})) counts.set(name, (counts.get(name) ?? 0) + 1);
  };
  for (const location of await feedbackStore.locateFeedback(live(columns.feedback))) count((await access.feedback(location))?.attributes);
  for (const location of await feedbackStore.locateInteractions(live(columns.interactions))) {
    count((await access.interaction(location))?.attributes);
  }
  return [...counts]
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, maxAttributes)
    .map(([name]) => name);
}
