/** What has to be done to segments that are there already, at the start of a pull: old texts go, and what config.yaml takes out by now is taken out. */
import type { EngineContext } from '../../api.js';
import type { RetentionConfig, WorkspaceConfig } from '../../config/types.js';
import { EngineError } from '../../errors.js';
import { rewriteSegments } from '../purge/rewrite.js';
import type { Redactor } from '../redaction/redactor.js';
import type { SegmentTools } from './layout.js';
import { prepareRecord, type PrepareTools } from './prepare.js';
import { applyRetention, limitsOf, type Retained } from './retention.js';
import { partsWithSegments, sourcesWithSegments } from './segmentStore.js';

/** In the index: when old records were looked for last, and what texts were redacted by. */
const retentionKey = 'retention';
const redactionKey = 'redaction';
export const upkeepKeys = [retentionKey, redactionKey];

export function segmentTools({ root, ports: { fs, locks, clock } }: EngineContext): SegmentTools {
  return { root, fs, locks, clock };
}

/** By source, what there is to say. Call it under the lock of the index. */
export async function keepUp(context: EngineContext, config: WorkspaceConfig, redactor: Redactor): Promise<Map<string, string[]>> {
  const notes = new Map<string, string[]>();
  const say = (source: string, note: string): void => {
    notes.set(source, [...(notes.get(source) ?? []), note]);
  };
  await retainDaily(context, config.retention, say);
  await redactAgain(context, config, redactor, say);
  return notes;
}

/** Once a day, and at once where the limits were changed. */
async function retainDaily(context: EngineContext, retention: RetentionConfig, say: (source: string, note: string) => void): Promise<void> {
  const { feedbackStore: store, clock } = context.ports;
  const today = `${clock.now().toISOString().slice(0, 10)} ${JSON.stringify(retention)}`;
  if ((await store.getMeta(retentionKey)) === today) return;
  const tools = segmentTools(context);
  const isOff = retention.interactionDays === null && retention.feedbackDays === null;
  const sources = isOff ? [] : await sourcesWithSegments(tools);
  let failed = false;
  for (const [source, result] of await applyRetention(tools, sources, limitsOf(retention, clock.now().getTime()))) {
    if (EngineError.is(result)) {
      failed = true;
      say(source, `What is too old could not be removed. ${result.message}`);
    } else if (result.texts + result.records > 0) say(source, retainedNote(result, retention));
  }
  if (!failed) await store.setMeta(retentionKey, today);
}

function retainedNote({ texts, records }: Retained, { interactionDays, feedbackDays }: RetentionConfig): string {
  const parts = [
    ...(texts === 0 ? [] : [`the texts of ${counted(texts, 'interaction')} older than ${String(interactionDays)} days`]),
    ...(records === 0 ? [] : [`${counted(records, 'record')} older than ${String(feedbackDays)} days`]),
  ];
  return `As config.yaml says, ${parts.join(' and ')} went.`;
}

function counted(count: number, one: string): string {
  return `${String(count)} ${one}${count === 1 ? '' : 's'}`;
}

/** A kind or pattern that is new in config.yaml holds for what was taken in before as well. What was taken out once does not come back. */
async function redactAgain(
  context: EngineContext,
  { redaction }: WorkspaceConfig,
  redactor: Redactor,
  say: (source: string, note: string) => void,
): Promise<void> {
  const { feedbackStore: store } = context.ports;
  const now = JSON.stringify(redaction);
  const before = await store.getMeta(redactionKey);
  if (before === now) return;
  const tools = segmentTools(context);
  // The names in segments are pseudonyms already, and nobody's words come back: only the redactor has something to do.
  const prepare: PrepareTools = { redactor, pseudonyms: { of: (name) => name, isWithheld: () => false } };
  for (const source of await sourcesWithSegments(tools)) {
    const places = { source, parts: await partsWithSegments(tools, source) };
    const done = await rewriteSegments(tools, places, { may: () => true, change: (record) => prepareRecord(record, prepare) }, false);
    const count = done.reduce((sum, each) => sum + each.rewritten, 0);
    if (count > 0) say(source, `What redaction takes out by now was taken out of ${counted(count, 'record')} that had been stored before.`);
  }
  await store.setMeta(redactionKey, now);
}
