/** Brings the index up to date with the configured sources. One source that fails never hides the others. */
import type { PullDocument, PullSource } from '../../shared/documents.js';
import type { ConfigService, EngineContext } from '../api.js';
import type { SourceConfig } from '../config/types.js';
import { EngineError, throwIfAborted } from '../errors.js';
import { isInside, join, relative } from '../paths.js';
import { readFile, type ReadingTools } from './fileReading.js';
import { deterministicId, type Pseudonyms } from './identity.js';
import { ensurePrivateFolder, loadPseudonyms } from './privateFolder.js';
import { createLineReader } from './reader.js';
import { findSourceFiles } from './sourceFiles.js';
import type { FileState, WriteCounts } from './store.js';
import { parseTime, toIso } from './time.js';

export interface PullOptions {
  sources?: string[];
  since?: string;
  full?: boolean;
  signal?: AbortSignal;
}

/** Part of every file's fingerprint: another way of reading means reading again. */
const readerVersion = '1';

export async function pull(context: EngineContext, config: ConfigService, options: PullOptions): Promise<PullDocument> {
  const { config: workspace, problems } = await config.load();
  // A source that cannot be read out of a config.yaml with an error in it is not one that was taken out.
  const complete = !problems.some((problem) => problem.severity === 'error');
  const wanted = options.sources ?? [];
  for (const name of wanted) {
    if (!workspace.sources.some((source) => source.name === name)) throw unknownSource(name, workspace.sources);
  }
  const since = options.since === undefined ? null : sinceOf(options.since);
  const document: PullDocument = { schema: 'promptratchet.pull/1', sources: [] };
  const database = join(context.root, '.ratchet/.local/feedback.sqlite');
  if (workspace.sources.length === 0 && (await context.ports.fs.stat(database)) === null) return document;
  await ensurePrivateFolder(context);
  const lock = join(context.root, '.ratchet/.local/feedback.lock');
  await context.ports.fs.mkdir(join(context.root, '.ratchet/.local'));
  await context.ports.locks.withLock(
    lock,
    async () => {
      const pseudonyms = await loadPseudonyms(context);
      await dropStrangers(context, complete ? workspace.sources : null, pseudonyms);
      for (const source of workspace.sources) {
        if (wanted.length > 0 && !wanted.includes(source.name)) continue;
        throwIfAborted(options.signal);
        document.sources.push(await pullSource(context, source, pseudonyms, { ...options, sinceMs: since }));
      }
      await context.ports.feedbackStore.finish();
    },
    options.signal,
  );
  return document;
}

function unknownSource(name: string, sources: readonly SourceConfig[]): EngineError {
  const names = sources.map((source) => source.name).join(', ');
  const there = names === '' ? 'No source is configured; add one to .ratchet/config.yaml.' : `Sources are ${names}.`;
  return new EngineError('SOURCE_NOT_FOUND', `There is no source "${name}". ${there}`, { name });
}

function sinceOf(text: string): number {
  const time = parseTime(text);
  if (time === null) throw new EngineError('BAD_USAGE', `"${text}" is not a time. Write it like 2026-11-23T19:20:26Z.`);
  return time;
}

/** Records of sources that are configured no more (`null`: not known), and of users under another key. */
async function dropStrangers(context: EngineContext, sources: readonly SourceConfig[] | null, pseudonyms: Pseudonyms): Promise<void> {
  const { feedbackStore: store } = context.ports;
  const sameKey = (await store.getMeta('key')) === pseudonyms.fingerprint;
  for (const file of await store.files()) {
    if (!sameKey || sources?.some((source) => source.name === file.source) === false) await store.dropFile(file.id);
  }
  if (!sameKey) await store.setMeta('key', pseudonyms.fingerprint);
}

async function pullSource(
  context: EngineContext,
  source: SourceConfig,
  pseudonyms: Pseudonyms,
  options: PullOptions & { sinceMs: number | null },
): Promise<PullSource> {
  const { feedbackStore: store, clock } = context.ports;
  const started = clock.monotonic();
  const counts: WriteCounts = { interactions: { new: 0, updated: 0 }, feedback: { new: 0, updated: 0 } };
  let error: string | null = null;
  let notes: string[] = [];
  try {
    notes = await readSource(context, source, pseudonyms, options, counts);
  } catch (cause) {
    if (!EngineError.is(cause) || cause.code === 'CANCELLED' || cause.code === 'LOCKED') throw cause;
    error = cause.message;
  }
  const totals = await store.totals(source.name);
  const files = (await store.files()).filter((file) => file.source === source.name);
  return {
    name: source.name,
    kind: source.kind,
    ok: error === null,
    interactions: { ...counts.interactions, total: totals.interactions },
    feedback: { ...counts.feedback, total: totals.feedback },
    rejected: (await store.rejected())
      .filter((each) => each.source === source.name)
      .map(({ reason, count, firstLine }) => ({ reason, count, firstLine })),
    notes,
    cursor:
      files.length === 0
        ? null
        : files
            .map((file) => `${shown(context.root, file.path)}@${String(file.offset)}`)
            .sort()
            .join(' '),
    seconds: Math.round(clock.monotonic() - started) / 1000,
    error,
  };
}

function shown(root: string, path: string): string {
  return isInside(path, root) ? relative(root, path) : path;
}

async function readSource(
  context: EngineContext,
  source: SourceConfig,
  pseudonyms: Pseudonyms,
  options: PullOptions & { sinceMs: number | null },
  counts: WriteCounts,
): Promise<string[]> {
  const { fs, feedbackStore: store } = context.ports;
  if (source.kind !== 'jsonl') {
    throw new EngineError('SOURCE_FAILED', `Source "${source.name}" is of kind ${source.kind}, which cannot be read. Use kind: jsonl.`);
  }
  if (source.path === undefined) {
    throw new EngineError('CONFIG_INVALID', `Source "${source.name}" has no path. Add path: logs/feedback.jsonl or a glob.`);
  }
  const reader = createLineReader(source);
  const since = await rememberedSince(context, source.name, options);
  const fingerprint = deterministicId(readerVersion, source.kind, JSON.stringify(source.map ?? null), String(since));
  const known = (await store.files()).filter((file) => file.source === source.name);
  const paths = await findSourceFiles(fs, context.root, source.path);
  const notes: string[] = [];
  for (const file of known) {
    if (paths.includes(file.path)) continue;
    await store.dropFile(file.id);
    notes.push(`${shown(context.root, file.path)} is gone; its records count no more.`);
  }
  if (paths.length === 0) {
    throw new EngineError(
      'SOURCE_FAILED',
      `Source "${source.name}": no file matches ${source.path}. Check the path in .ratchet/config.yaml.`,
    );
  }
  const tools: ReadingTools = { fs, store, reader, pseudonyms, signal: options.signal };
  const failures: EngineError[] = [];
  for (const path of paths) {
    const request = {
      kind: source.kind,
      source: source.name,
      path,
      shownPath: shown(context.root, path),
      fingerprint,
      full: options.full === true,
      since,
    };
    try {
      if (/\.(?:gz|zst|zip|bz2|xz)$/i.test(path)) {
        throw new EngineError(
          'IO_FAILED',
          `${request.shownPath} is compressed, and records are read in place. Unpack it, or leave it out of the path.`,
        );
      }
      const stat = await fs.stat(path);
      if (stat !== null) await readFile(request, stat, known.find((file) => file.path === path) ?? null, tools, counts);
    } catch (cause) {
      if (!EngineError.is(cause, 'IO_FAILED')) throw cause;
      failures.push(cause);
    }
  }
  if (failures[0] !== undefined) throw failures[0];
  return [...notes, ...describe(await store.files(), source.name, context.root, since)];
}

/** `--since` holds until the next `--full`: what was left out by it does not come back with the next pull. */
async function rememberedSince(
  context: EngineContext,
  source: string,
  options: { sinceMs: number | null; full?: boolean },
): Promise<number | null> {
  const { feedbackStore: store } = context.ports;
  const key = `since ${source}`;
  const before = await store.getMeta(key);
  if (options.sinceMs === null && options.full !== true) return before === null || before === '' ? null : Number(before);
  const value = options.sinceMs === null ? '' : String(options.sinceMs);
  if (value !== (before ?? '')) await store.setMeta(key, value);
  return options.sinceMs;
}

function describe(files: readonly FileState[], source: string, root: string, since: number | null): string[] {
  const notes = files
    .filter((file) => file.source === source && file.scale === 'five')
    .map((file) => `${shown(root, file.path)}: ratings over 1 occur, so ratings were read as 1 to 5.`);
  if (since !== null) notes.push(`Records before ${toIso(since)} are left out until the next pull with --full.`);
  return notes.sort();
}
