/** Records in full, read from the user's own files by the place that the index has of them. */
import type { EngineContext } from '../api.js';
import type { RedactionConfig, WorkspaceConfig } from '../config/types.js';
import { EngineError } from '../errors.js';
import { isInside, relative } from '../paths.js';
import type { Pseudonyms } from './identity.js';
import { maxLineBytes } from './lines.js';
import { createRedactor, type Redactor } from './redaction/redactor.js';
import { createLineReader, type LineReader } from './reader.js';
import { Rejection, ScaleChange, type ReadFeedback, type ReadInteraction, type ReadRecord } from './records.js';
import { isSegment } from './segments/layout.js';
import { createSegmentReader } from './segments/segmentReader.js';
import type { FileState, Location } from './store.js';
import { field, isObject, objectField, textOf } from './values.js';

const readAtOnce = 64;

function lineText(bytes: Uint8Array): string {
  return new TextDecoder('utf-8').decode(bytes).replace(/\r$/, '');
}

export class RecordAccess {
  private readonly redactor: Redactor;
  private readonly segments: { kind: string; reader: LineReader };
  private readonly readers = new Map<string, { kind: string; reader: LineReader }>();

  constructor(
    private readonly context: EngineContext,
    config: Pick<WorkspaceConfig, 'sources'> & { redaction?: RedactionConfig },
    private readonly files: ReadonlyMap<number, FileState>,
    /** What somebody who was purged wrote in a log of the user's own is not shown any more. `null`: no user has been seen yet. */
    private readonly pseudonyms: Pseudonyms | null,
  ) {
    this.redactor = createRedactor(config.redaction ?? { kinds: [], patterns: [] });
    this.segments = { kind: 'segment', reader: createSegmentReader() };
    for (const source of config.sources) {
      try {
        this.readers.set(source.name, { kind: source.kind, reader: createLineReader(source) });
      } catch (error) {
        // A map that was broken since the last pull: its rows are shown without their text.
        if (!EngineError.is(error, 'CONFIG_INVALID')) throw error;
      }
    }
  }

  async feedback(location: Location): Promise<ReadFeedback | null> {
    const record = (await this.records(location)).find((each) => each.kind === 'feedback' && each.id === location.id);
    return record?.kind === 'feedback' ? this.shown(location, record) : null;
  }

  /** Comments of rows of feedback; `null` where there is none any more. */
  async comments(locations: readonly Location[]): Promise<(string | null)[]> {
    const texts = new Map<Location, string | null>();
    const byFile = new Map<number, Location[]>();
    for (const location of locations) {
      const members = byFile.get(location.file);
      if (members === undefined) byFile.set(location.file, [location]);
      else members.push(location);
    }
    for (const [id, members] of byFile) {
      const file = this.files.get(id);
      members.sort((a, b) => a.offset - b.offset);
      // Some at a time: what is read is in memory until it has been parsed.
      for (let at = 0; file !== undefined && at < members.length; at += readAtOnce) {
        const part = members.slice(at, at + readAtOnce);
        const lines = await this.linesOf(file, part);
        part.forEach((location, i) => {
          const line = lines[i];
          const records = line == null ? [] : this.parse(line, file, location);
          const record = records.find((each) => each.kind === 'feedback' && each.id === location.id);
          texts.set(location, record?.kind === 'feedback' ? this.shown(location, record).text : null);
        });
      }
    }
    return locations.map((location) => texts.get(location) ?? null);
  }

  private async linesOf(file: FileState, places: readonly Location[]): Promise<(string | null)[]> {
    const { fs } = this.context.ports;
    if (fs.readRanges === undefined || places.some((place) => place.length > maxLineBytes)) {
      return Promise.all(places.map((place) => (place.length > maxLineBytes ? Promise.resolve(null) : this.lineOf(file, place))));
    }
    try {
      return (await fs.readRanges(file.path, places)).map(lineText);
    } catch (error) {
      if (!EngineError.is(error, 'IO_FAILED')) throw error;
      return [];
    }
  }

  /** Without what must not be shown. */
  private shown(location: Location, record: ReadFeedback): ReadFeedback {
    if (this.isWithheld(location, record, record.interaction))
      return { ...record, label: null, text: null, correction: null, attributes: {} };
    const { text, correction } = record;
    // Segments are redacted already; it would change nothing.
    const clean = (value: string | null): string | null => (value === null ? null : this.redactor.text(value));
    return { ...record, text: clean(text), correction: clean(correction) };
  }

  async interaction(location: Location): Promise<ReadInteraction | null> {
    const record = (await this.records(location)).find((each) => each.kind === 'interaction' && each.id === location.id);
    if (record?.kind !== 'interaction') return null;
    if (!this.isWithheld(location, record, record.id)) return record;
    const documents = record.documents.map((document) => ({ ...document, text: null }));
    return { ...record, variables: {}, input: null, output: null, error: null, documents, attributes: {} };
  }

  source(location: Location): string {
    return this.files.get(location.file)?.source ?? '';
  }

  private isWithheld({ file, user }: Location, { session }: ReadRecord, interaction: string | null): boolean {
    if (this.pseudonyms === null) return false;
    const named =
      session === null || isSegment(this.context.root, this.files.get(file)?.path ?? '') ? session : this.pseudonyms.of(session);
    return this.pseudonyms.isWithheld(user ?? named, interaction);
  }

  private readerOf(file: FileState): { kind: string; reader: LineReader } | undefined {
    return isSegment(this.context.root, file.path) ? this.segments : this.readers.get(file.source);
  }

  /** Nothing where the file is not what the index has read: the next pull notices. */
  async records(location: Pick<Location, 'file' | 'offset' | 'length' | 'line'>): Promise<ReadRecord[]> {
    const file = this.files.get(location.file);
    const found = file === undefined ? undefined : this.readerOf(file);
    if (file === undefined || found === undefined || location.length > maxLineBytes) return [];
    const text = await this.lineOf(file, location);
    return text === null ? [] : this.parse(text, file, location, found);
  }

  /** Where a record is to be found: its address as its source gave it (not to be trusted), and the log of the user's own that it stands in. */
  async origin(location: Pick<Location, 'file' | 'offset' | 'length'>): Promise<{ url: string | null; file: string | null }> {
    const file = this.files.get(location.file);
    if (file === undefined || location.length > maxLineBytes) return { url: null, file: null };
    const text = await this.lineOf(file, location);
    return { url: text === null ? null : addressIn(text), file: isSegment(this.context.root, file.path) ? null : file.path };
  }

  private async lineOf(file: FileState, location: Pick<Location, 'offset' | 'length'>): Promise<string | null> {
    try {
      const bytes = await this.context.ports.fs.readRange(file.path, location.offset, location.length);
      return lineText(bytes);
    } catch (error) {
      if (!EngineError.is(error, 'IO_FAILED')) throw error;
      return null;
    }
  }

  parse(text: string, file: FileState, place: { offset: number; line: number }, found = this.readerOf(file)): ReadRecord[] {
    if (found === undefined) return [];
    const { root } = this.context;
    const path = isInside(file.path, root) ? relative(root, file.path) : file.path;
    try {
      return found.reader.read(text, { kind: found.kind, source: file.source, path, scale: file.scale, ...place });
    } catch (error) {
      if (error instanceof Rejection || error instanceof ScaleChange) return [];
      throw error;
    }
  }
}

/** `source.url` of a line in the canonical schema. */
function addressIn(line: string): string | null {
  try {
    const record: unknown = JSON.parse(line);
    return isObject(record) ? textOf(field(objectField(record, 'source'), 'url')) : null;
  } catch {
    // A line that is no JSON has no address.
    return null;
  }
}
