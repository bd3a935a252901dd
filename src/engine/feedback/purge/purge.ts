/**
 * `ratchet purge`: takes a person's words out of everything that is stored here. Ratings stay, under a random name that leads nowhere, so that
 * no score changes. Logs of the user's own are never touched: they are named with what to do, and their words are not shown any more.
 */
import type { PurgeDocument } from '../../../shared/documents.js';
import type { AuditService, ConfigService, EngineContext } from '../../api.js';
import type { SourceConfig } from '../../config/types.js';
import { EngineError } from '../../errors.js';
import { join } from '../../paths.js';
import { shown } from '../inPlace.js';
import type { Pseudonyms } from '../identity.js';
import { ensurePrivateFolder, loadPseudonyms } from '../privateFolder.js';
import { allSources, pull, withIndexLock, type SourceFactories } from '../pull.js';
import { sinceKey } from '../pullSource.js';
import { RecordAccess } from '../recordAccess.js';
import { isSegment, type SegmentTools } from '../segments/layout.js';
import { segmentTools, upkeepKeys } from '../segments/upkeep.js';
import { partsWithSegments, sourcesWithSegments } from '../segments/segmentStore.js';
import { rejectedPart } from '../segments/fetch.js';
import type { FileState } from '../store.js';
import { cleanEchoes } from './cleanEchoes.js';
import { Person } from './person.js';
import { readPurged, withhold, writePurged } from './purgedUsers.js';
import { eachLine, parseLine, purgeOf, removeTorn, rewriteSegments, type Places, type Rewritten } from './rewrite.js';

export interface PurgeServices {
  config: ConfigService;
  audit: AuditService;
}

export async function purge(
  context: EngineContext,
  services: PurgeServices,
  factories: SourceFactories,
  { user, dryRun }: { user: string; dryRun: boolean },
): Promise<PurgeDocument> {
  if (user.trim() === '') throw new EngineError('BAD_USAGE', 'Name the user whose words are to go, as the application knows that user.');
  const { config } = await services.config.load();
  const sources = await allSources(context, config);
  const document: PurgeDocument = {
    schema: 'promptratchet.purge/1',
    dryRun,
    segments: [],
    ownFiles: [],
    rewritten: 0,
    removed: 0,
    notes: [],
  };
  if (sources.length === 0 && (await context.ports.fs.stat(join(context.root, '.ratchet/.local/pseudonym.key'))) === null) {
    document.notes.push('Nothing has been taken in here yet, so nothing of anybody is stored.');
    return document;
  }
  await ensurePrivateFolder(context);
  // The index says which lines of logs are that person's, so it has to know all of them.
  await pull(context, services.config, factories, { local: true });
  await withIndexLock(context, () => new Purge(context, sources, user, document).run());
  document.rewritten = document.segments.reduce((sum, each) => sum + each.rewritten, 0);
  document.removed = document.segments.reduce((sum, each) => sum + each.removed, 0);
  if (dryRun) return document;
  await pull(context, services.config, factories, { local: true });
  await services.audit.append({
    type: 'feedback.purged',
    subject: {},
    data: {
      rewritten: document.rewritten,
      removed: document.removed,
      segments: document.segments.length,
      ownFiles: document.ownFiles.length,
    },
  });
  return document;
}

class Purge {
  private readonly tools: SegmentTools;

  constructor(
    private readonly context: EngineContext,
    private readonly sources: readonly SourceConfig[],
    private readonly user: string,
    private readonly document: PurgeDocument,
  ) {
    this.tools = segmentTools(context);
  }

  async run(): Promise<void> {
    const { document, tools, user } = this;
    const { dryRun } = document;
    const pseudonyms = await loadPseudonyms(this.context);
    const person = new Person(new Set([pseudonyms.own(user), ...(/^[0-9a-f]{32}$/.test(user) ? [user] : [])]));
    const places: Places[] = [];
    for (const source of await sourcesWithSegments(tools)) places.push({ source, parts: await partsWithSegments(tools, source) });
    for (const place of places) {
      await eachLine(tools, place, (line) => {
        const record = person.mayOwn(line) ? parseLine(line) : null;
        if (record !== null) person.learn(record);
      });
    }
    await this.ownFiles(person, pseudonyms);
    // Before the first segment is written: what arrives from now on comes in without words.
    if (!dryRun) await this.remember(person, pseudonyms);
    const change = purgeOf(person, pseudonyms);
    for (const place of places) {
      const done = await rewriteSegments(tools, place, change, dryRun);
      for (const { file, source, rewritten, removed } of done) document.segments.push({ file, source, rewritten, removed });
      this.mirrored(done);
      const torn = await removeTorn(tools, place, dryRun);
      if (torn > 0) document.notes.push(`${place.source}: ${tornNote(torn, dryRun)}`);
    }
    document.notes.push(...(await cleanEchoes(this.context, person, this.user, dryRun)));
    this.advise(person);
    if (!dryRun) await this.eraseIndex();
  }

  /** Lines of logs that are read in place. */
  private async ownFiles(person: Person, pseudonyms: Pseudonyms): Promise<void> {
    const { root, ports } = this.context;
    const files = new Map((await ports.feedbackStore.files()).map((file) => [file.id, file]));
    const access = new RecordAccess(this.context, { sources: [...this.sources] }, files, null);
    const lines = new Map<FileState, Set<number>>();
    const asked = new Set<string>();
    for (let names = [...person.names].map((name) => pseudonyms.nameOf(name)); names.length > 0;) {
      for (const name of names) {
        asked.add(name);
        for (const { file: id, line, offset, length } of await ports.feedbackStore.linesOf(name)) {
          const file = files.get(id);
          if (file === undefined || isSegment(root, file.path)) continue;
          lines.set(file, (lines.get(file) ?? new Set()).add(line));
          for (const record of await access.records({ file: id, line, offset, length })) {
            const { attributes, session } = record;
            if (record.kind === 'interaction') person.interactions.add(record.id);
            if (session !== null) person.sessions.add(pseudonyms.own(session));
            person.hear([
              attributes,
              record.kind === 'feedback' ? [record.text, record.correction, record.label] : [record.variables, record.input, record.output],
            ]);
          }
        }
      }
      // A conversation that is known by now may have records without the person's name.
      names = [...person.sessions].map((session) => pseudonyms.nameOf(session)).filter((name) => !asked.has(name));
    }
    for (const [{ path, source }, numbers] of lines) this.document.ownFiles.push({ file: shown(root, path), source, lines: numbers.size });
  }

  /** Files that were copied into segments hold that person's records still. */
  private mirrored(done: readonly Rewritten[]): void {
    const counts = new Map<string, { source: string; lines: number }>();
    for (const { source, part, rewritten, removed } of done) {
      if (part === null || part === rejectedPart) continue;
      const before = counts.get(part);
      counts.set(part, { source, lines: (before?.lines ?? 0) + rewritten + removed });
    }
    for (const [file, { source, lines }] of counts) this.document.ownFiles.push({ file, source, lines });
  }

  private async remember(person: Person, pseudonyms: Pseudonyms): Promise<void> {
    const { fs, entropy, clock } = this.context.ports;
    const { users, answers } = await readPurged(fs, this.context.root);
    const known = new Set(users.flatMap(({ pseudonym, name }) => [pseudonym, name]));
    const time = clock.now().toISOString();
    for (const pseudonym of [...person.names, ...person.sessions]) {
      if (!known.has(pseudonym)) users.push({ pseudonym, name: entropy.randomHex(16), time });
    }
    const purged = { users, answers: [...new Set([...answers, ...person.interactions])].sort() };
    await writePurged(fs, this.context.root, purged);
    withhold(pseudonyms, purged);
  }

  private advise(person: Person): void {
    const { document } = this;
    document.ownFiles.sort((a, b) => (a.file < b.file ? -1 : 1));
    if (document.ownFiles.length > 0) {
      document.notes.push(
        `Files of your own are never changed: delete that person's lines in ${document.ownFiles.map(({ file }) => file).join(', ')}. Until then they are read without their words.`,
      );
    }
    const servers = new Set(document.segments.map(({ source }) => source));
    for (const { name, kind } of this.sources) {
      if (serverKinds.has(kind) && servers.has(name))
        document.notes.push(`${name}: the server still has these records; delete them there. They come in without words.`);
      if (databaseKinds.has(kind)) document.notes.push(`${name}: nothing of a database is copied here; delete that person's rows there.`);
    }
    if (document.segments.length + document.ownFiles.length === 0 && person.texts.size === 0) {
      document.notes.push('No record of that user was found. Check the id: it is the one that the application sends.');
    }
  }

  /** Not a row at a time: what SQLite has freed stays in the file until it is used again. The next step makes the index anew. */
  private async eraseIndex(): Promise<void> {
    const { feedbackStore } = this.context.ports;
    const kept: [string, string][] = [];
    for (const key of [...upkeepKeys, ...this.sources.map(({ name }) => sinceKey(name))]) {
      const value = await feedbackStore.getMeta(key);
      if (value !== null && value !== '') kept.push([key, value]);
    }
    await feedbackStore.erase();
    for (const [key, value] of kept) await feedbackStore.setMeta(key, value);
  }
}

const serverKinds = new Set(['phoenix', 'mlflow', 'langfuse', 'langsmith', 'opik']);
const databaseKinds = new Set(['postgres', 'clickhouse']);

function tornNote(count: number, dryRun: boolean): string {
  const what =
    count === 1 ? 'A piece of a segment that a crash had cut off' : `${String(count)} pieces of segments that crashes had cut off`;
  return `${what} ${dryRun ? 'would be' : count === 1 ? 'was' : 'were'} removed, because nobody can tell whose words are in it.`;
}
