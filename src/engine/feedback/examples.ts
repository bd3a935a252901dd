/** What the log knows of a prompt's answers: example values of its variables, corrections, and answers that people liked. */
import type { FeedbackService } from '../api.js';
import { Answers } from './answers.js';
import type { PageTools } from './page.js';
import type { ReadInteraction } from './records.js';
import { feedbackFlags, signalOrder } from './scan/recordBatch.js';
import { TimedRows } from './timeOrder.js';

const newestInteractions = 300;
const valuesPerVariable = 5;
const valueLength = 200;
const likedFrom = 0.75;

/** Values seen in the newest interactions of the prompt, newest first. */
export async function variables(prompt: string, tools: PageTools): Promise<Record<string, string[]>> {
  const { rows, attributor } = tools.view;
  const wanted = rows.number(prompt);
  const found = new TimedRows(rows.interactions.length);
  await tools.view.interactions((block) => {
    for (let i = 0; i < block.count; i++) {
      if (block.live[i] !== 1 || attributor.interaction(block.group[i] ?? -1).prompt !== wanted) continue;
      found.add(block.first + i, rows.timeOf(block.time[i] ?? NaN, block.file));
    }
  });
  const newest = found.newestFirst().rows.subarray(0, newestInteractions);
  const values = new Map<string, string[]>();
  for (const record of await readInteractions([...newest], tools)) {
    for (const [name, value] of Object.entries(record.record.variables)) {
      const known = values.get(name) ?? [];
      const short = value.slice(0, valueLength);
      if (known.length < valuesPerVariable && !known.includes(short)) known.push(short);
      values.set(name, known);
    }
  }
  return Object.fromEntries([...values].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * One entry an interaction: its variables and output, the latest correction, and how many users rated it how
 * (`y` is the mean of the users' means). Only corrected ones and those with a mean of at least 0.75; newest first.
 */
export async function examples(prompt: string, limit: number, tools: PageTools): ReturnType<FeedbackService['examples']> {
  const { rows, attributor } = tools.view;
  const wanted = rows.number(prompt);
  const answers = new Answers();
  await tools.view.feedback((block) => {
    for (let i = 0; i < block.count; i++) {
      if (block.live[i] !== 1 || signalOrder[block.signal[i] ?? -1]?.startsWith('explicit.') !== true) continue;
      const about = block.row[i] ?? -1;
      const served = rows.served(about);
      if (served < 0 || attributor.feedback(block.group[i] ?? -1, about).prompt !== wanted) continue;
      answers.add(served, {
        row: block.first + i,
        unit: block.unit[i] ?? -1,
        y: block.y[i] ?? NaN,
        time: rows.timeOf(block.time[i] ?? NaN, block.file),
        corrected: ((block.flags[i] ?? 0) & feedbackFlags.correction) !== 0,
      });
    }
  });
  const kept = answers.newest(limit, likedFrom);
  const read = new Map(
    (
      await readInteractions(
        kept.map((answer) => answer.served),
        tools,
      )
    ).map((each) => [each.n, each.record]),
  );
  const result: Awaited<ReturnType<FeedbackService['examples']>> = [];
  for (const answer of kept) {
    const record = read.get(answer.served);
    if (record?.output == null) continue;
    const locations = await tools.context.ports.feedbackStore.locateFeedback(answer.rows);
    const correction = answer.corrected.at(-1);
    const place = locations.find((each) => each.n === correction);
    const corrected = place === undefined ? null : ((await tools.access.feedback(place))?.correction ?? null);
    result.push({
      feedbackIds: locations.map((each) => each.id),
      variables: record.variables,
      output: record.output,
      corrected,
      raters: answer.raters,
      // A correction without a rating says that the answer was not right.
      y: answer.mean ?? 0,
    });
  }
  return result;
}

async function readInteractions(rows: readonly number[], tools: PageTools): Promise<{ n: number; record: ReadInteraction }[]> {
  if (rows.length === 0) return [];
  const locations = await tools.context.ports.feedbackStore.locateInteractions(rows);
  const read = await Promise.all(locations.map(async (each) => ({ n: each.n, record: await tools.access.interaction(each) })));
  return read.flatMap(({ n, record }) => (record === null ? [] : [{ n, record }]));
}
