/** A collector on the segments of a workspace. Several may run on one workspace: each holds the source's lock for one commit. */
import type { ConfigService, EngineContext } from '../api.js';
import type { SourceConfig } from '../config/types.js';
import { EngineError } from '../errors.js';
import { ensurePrivateFolder, loadPseudonyms } from '../feedback/privateFolder.js';
import { Withholder } from '../feedback/purge/withholder.js';
import { createRedactor } from '../feedback/redaction/redactor.js';
import { collectorSource, partFolder, segmentsIn, sourceFolder, sourceLock, type SegmentTools } from '../feedback/segments/layout.js';
import { prepareRecord } from '../feedback/segments/prepare.js';
import { cutTornTail } from '../feedback/segments/tail.js';
import { readSmall, SegmentWriter, tornNote } from '../feedback/segments/writer.js';
import { isObject, type Json } from '../feedback/values.js';
import { join } from '../paths.js';
import { SegmentCollector } from './collector.js';
import { RecentIds } from './recent.js';
import { RecordReader } from './records.js';
import { RatingScales } from './scales.js';
import { CollectError, type Collector } from './types.js';

/** How far back ratings are looked for whose scale was not known. */
const tailBytes = 8 * 1024 * 1024;
const diskFull: readonly unknown[] = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/**
 * Throws UNTRUSTED_WORKSPACE, CONFIG_INVALID (a pattern of `redaction` that cannot be used), IO_FAILED, LOCKED. What else is wrong in
 * config.yaml is in `notes`; it is read here and not again.
 */
export async function openCollector(context: EngineContext, config: ConfigService): Promise<Collector> {
  if (!context.isTrusted()) {
    throw new EngineError('UNTRUSTED_WORKSPACE', 'A collector writes into this workspace. Trust the workspace first.');
  }
  const { root } = context;
  const { fs, locks, clock, entropy } = context.ports;
  const { config: workspace, problems } = await config.load();
  const source: SourceConfig = workspace.sources.find(({ kind }) => kind === 'collector') ?? { name: collectorSource, kind: 'collector' };
  const redactor = createRedactor(workspace.redaction);
  await ensurePrivateFolder(context);
  await fs.mkdir(join(root, '.ratchet/.local'));
  const pseudonyms = await locks.withLock(join(root, '.ratchet/.local/feedback.lock'), () => loadPseudonyms(context));

  const tools: SegmentTools = { root, fs, locks, clock };
  const notes = problems.filter(({ severity }) => severity === 'error').map(({ file, message }) => `${file}: ${message}`);
  const statePath = join(sourceFolder(root, source.name), 'scales.json');
  const lock = sourceLock(root, source.name);
  const scales = new RatingScales(await readSmall(tools, statePath));
  await locks.withLock(lock, async () => {
    const last = (await segmentsIn(fs, partFolder(root, source.name, null))).at(-1);
    const size = last === undefined ? 0 : ((await fs.stat(last))?.size ?? 0);
    if (last === undefined || size === 0) return;
    const cut = await cutTornTail(fs, last, size, clock.now());
    if (cut > 0) notes.push(tornNote(root, last, cut));
    for (const record of await assumedIn(tools, last, size - cut)) scales.assume(record);
  });
  const writer = new SegmentWriter(tools, {
    source: source.name,
    part: null,
    onTorn: (note) => {
      context.ports.logger.warn(note);
    },
  });
  // A purge writes its list, and then takes the lock to rewrite what was written before: so it is enough to look at the list when the
  // lock was got, and to check what was prepared before: this batch, and the next, which arrived while the list was read.
  const withholder = new Withholder(fs, root, pseudonyms);
  let unchecked = 0;
  /** A disk that stays full is said once, not for every request. */
  let said = '';
  const faultOf = (error: unknown): unknown => {
    if (!EngineError.is(error)) return error;
    if (error.message !== said) context.ports.logger.warn(error.message);
    said = error.message;
    const full = diskFull.includes(error.details['reason']);
    const why = full ? 'The disk of the collector is full.' : 'The collector cannot write to its disk.';
    return new CollectError(full ? 'full' : 'failing', `${why} Nothing of this was stored; send the same again later.`, error);
  };
  return new SegmentCollector({
    source: source.name,
    scales,
    notes,
    reader: new RecordReader(source, scales, () => entropy.randomHex(16)),
    recent: new RecentIds(),
    options: { scores: source.scores ?? {}, instance: '' },
    prepare: (record) => prepareRecord(record, { redactor, pseudonyms }),
    redactions: () => redactor.counts,
    write: async (texts, state) => {
      try {
        if (state !== null) await fs.write(statePath, `${JSON.stringify(state)}\n`);
        // Lines are put together again there: they are taken apart only to be looked at.
        const bytes = await writer.appendLocked(unchecked > 0 ? await withholder.check(texts.flatMap((text) => text.split('\n'))) : texts);
        unchecked -= 1;
        said = '';
        return bytes;
      } catch (error) {
        throw faultOf(error);
      }
    },
    alone: async (work) => {
      try {
        await locks.withLock(lock, () => {
          unchecked = 2;
          return work();
        });
      } catch (error) {
        throw faultOf(error);
      }
    },
    sleep: (ms) => clock.sleep(ms),
    now: () => clock.now().getTime(),
    monotonic: () => clock.monotonic(),
  });
}

/** Ratings at the end of a segment that were read on a scale that was not known, and were not corrected since. */
async function assumedIn({ fs }: SegmentTools, path: string, size: number): Promise<Json[]> {
  const from = Math.max(0, size - tailBytes);
  const text = new TextDecoder().decode(await fs.readRange(path, from, size - from));
  const found = new Map<unknown, Json>();
  for (const line of text.split('\n')) {
    if (!line.includes('"assumed_scale":true') && !found.size) continue;
    const record = parsed(line);
    if (record === null) continue;
    const source = record['source'];
    if (isObject(source) && source['assumed_scale'] === true) found.set(record['id'], record);
    else if (record['schema'] === 'promptratchet.feedback/1') found.delete(record['id']);
  }
  return [...found.values()];
}

/** `null` for the first line of the piece, which may be half a line. */
function parsed(line: string): Json | null {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
