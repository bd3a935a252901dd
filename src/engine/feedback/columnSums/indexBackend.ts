/** The index of this workspace as a back end of scores and lists. */
import type { EngineContext } from '../../api.js';
import type { Channel, ComplaintRow, FeedbackBackend, ProxySums, SegmentSums, SumsRequest } from '../backend.js';
import type { Pseudonyms } from '../identity.js';
import type { IndexView } from '../indexView.js';
import { detail, page } from '../page.js';
import type { RecordAccess } from '../recordAccess.js';
import { hasDays } from './channelTally.js';
import { readEvents, type VersionEvents } from './events.js';
import { groupSums } from './groupSums.js';
import { proxySums } from './proxySums.js';
import { segmentSums, ValueNames } from './segmentSums.js';
import { segmentValues } from './segmentValues.js';
import type { Tally } from './tally.js';
import type { VersionTally } from './versionTally.js';

/** `view` already has the versions that are known: those of a request are not looked at. */
export function createIndexBackend(tools: {
  context: EngineContext;
  view: IndexView;
  access: RecordAccess;
  pseudonyms: Pseudonyms | null;
}): FeedbackBackend {
  const { context, view, access } = tools;
  const { rows } = view;
  const { feedbackStore } = context.ports;

  /** Ids and comments of rows; of blocks that did not change since they were read, from memory. */
  async function commentsOf(numbers: readonly number[]): Promise<{ n: number; id: string; text: string }[]> {
    const { texts, feedback, version } = rows;
    if (texts.size + numbers.length > maxTexts) texts.clear();
    const isKnown = (n: number): boolean => (texts.get(n)?.version ?? -1) >= feedback.versionOf(n);
    const missing = numbers.filter((n) => !isKnown(n));
    const locations = await feedbackStore.locateFeedback(missing);
    const read = await access.comments(locations);
    for (const n of missing) texts.delete(n);
    locations.forEach(({ n, id }, i) => texts.set(n, { version, id, text: read[i] ?? '' }));
    return numbers.flatMap((n) => {
      const found = texts.get(n);
      return found === undefined ? [] : [{ n, id: found.id, text: found.text }];
    });
  }

  async function complaintsOf(tally: Tally, version: VersionTally, asOf: number, limit: number): Promise<ComplaintRow[]> {
    const found = version.complaints.newest(
      limit,
      (time, file) => Math.min(asOf, rows.timeOf(time, file)),
      (served) => tally.isLiked(version, served),
    );
    const texts = new Map((await commentsOf(found.map(({ n }) => n))).map(({ n, ...said }) => [n, said]));
    // Of equal times the id decides, which only the store knows.
    return found
      .flatMap(({ n, time, unit, rated }): ComplaintRow[] => {
        const said = texts.get(n);
        return said === undefined ? [] : [{ ...said, time, unit: String(unit), rated }];
      })
      .sort((a, b) => b.time - a.time || (a.id < b.id ? -1 : 1))
      .slice(0, limit);
  }

  /** Proxies where experts gave labels, and segments where one was asked for. */
  async function look(request: SumsRequest, tally: Tally, versions: readonly VersionTally[]) {
    const { segment, window, halfLifeMs } = request;
    const labelled = new Set(versions.filter((each) => each.labels > 0));
    const all = new Set(segment === null ? [] : versions);
    const names = new ValueNames();
    let events: VersionEvents = new Map();
    if (labelled.size + all.size > 0) {
      const wants = (version: VersionTally, channel: Channel): boolean =>
        (labelled.has(version) && channel !== 'expert') || (all.has(version) && hasDays(channel));
      const valueOf = segment === null ? () => undefined : await segmentValues(context, view, segment);
      events = await readEvents(view, { tally, window }, wants, (n, served) => names.of(valueOf(n, served)));
    }
    return (version: VersionTally): { proxies: ProxySums[]; segments: SegmentSums[] } => {
      const own = events.get(version);
      return {
        proxies: own === undefined || !labelled.has(version) ? [] : proxySums(own, rows.interactions.length),
        segments: own === undefined || segment === null ? [] : segmentSums(own, names.names, { asOf: window.asOf, halfLifeMs }),
      };
    };
  }

  return {
    async sums(request) {
      const tally = await view.tally(request.window);
      const versions = tally.versions.filter((each) => request.prompts?.includes(rows.word(each.prompt) ?? '') !== false);
      const looked = await look(request, tally, versions);
      return { groups: versions.map((each) => groupSums(rows, each, request, looked(each))), unattributed: { ...tally.unattributed } };
    },

    async complaints(asked, { window, limit }) {
      const tally = await view.tally(window);
      const answers: ComplaintRow[][] = [];
      for (const { prompt, version } of asked) {
        const found = tally.versions.find((each) => rows.word(each.prompt) === prompt && rows.word(each.version) === version);
        answers.push(found === undefined ? [] : await complaintsOf(tally, found, window.asOf, limit));
      }
      return answers;
    },

    async page(query) {
      const { rows, total, nextCursor } = await page(query, tools);
      return { rows, total, nextCursor };
    },
    detail: (id) => detail(id, tools),
    async attributes() {
      const names = rows.files.size === 0 ? [] : await feedbackStore.attributeNames();
      return names.slice(0, maxAttributes).map((each) => each.name);
    },
  };
}

const maxAttributes = 50;
/** Of a few prompts: some MB. */
const maxTexts = 20_000;
