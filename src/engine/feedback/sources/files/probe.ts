/** First records of files, for *Test Connection* and the preview. */
import type { SourceConfig } from '../../../config/types.js';
import { EngineError, throwIfAborted } from '../../../errors.js';
import { isInside, relative } from '../../../paths.js';
import type { FileSystem } from '../../../ports.js';
import { createLineReader } from '../../reader.js';
import { Rejection, ScaleChange } from '../../records.js';
import { findSourceFiles } from '../../sourceFiles.js';
import type { ProbeResult, ProbeStep, SourceTools } from '../source.js';
import { fileRecords, type FileRecord } from './fileRecords.js';
import { headOf, protobufTitle, sniff, type Content } from './sniff.js';

const shownRecords = 20;
/** Enough for the first records of anything. */
const maxUnpackedBytes = 1024 * 1024 * 1024;

export interface FirstRecords {
  content: Content;
  packed: boolean;
  records: FileRecord[];
}

/** At most `limit` records. Throws IO_FAILED. */
export async function firstRecords(fs: FileSystem, source: SourceConfig, path: string, limit: number): Promise<FirstRecords> {
  const { head, packed } = await headOf(fs, path, maxUnpackedBytes);
  const content = sniff(head, source.kind);
  const records: FileRecord[] = [];
  const options = { scores: source.scores ?? {}, instance: '' };
  const part = { fs, path, packed, maxBytes: maxUnpackedBytes, offset: 0, line: 1, options };
  for await (const some of fileRecords(part, content, () => undefined)) {
    records.push(...some);
    if (records.length >= limit) break;
  }
  return { content, packed, records: records.slice(0, limit) };
}

function failed(step: ProbeStep, detail: string, todo: string): ProbeResult {
  return { ok: false, failed: step, detail, todo, version: null, caps: [] };
}

export async function probeFiles(config: SourceConfig, tools: SourceTools, signal: AbortSignal | undefined): Promise<ProbeResult> {
  throwIfAborted(signal);
  if (config.path === undefined) return failed('config', 'The source has no path.', 'Add path: logs/feedback.csv or a glob.');
  try {
    const reader = createLineReader(config);
    const files = await findSourceFiles(tools.fs, tools.root, config.path);
    const [first] = files;
    if (first === undefined) return failed('data', `No file matches ${config.path}.`, 'Check the path.');
    const name = isInside(first, tools.root) ? relative(tools.root, first) : first;
    const { content, records } = await firstRecords(tools.fs, config, first, shownRecords);
    if (content.form === 'refused') return failed('data', `${name} cannot be read: ${content.reason}`, 'Unpack or convert it.');
    if (records.length === 0) return failed('data', `${name} is empty.`, 'Let the application write to it.');
    let usable = 0;
    let fault: string | null = null;
    for (const { record, problem, text, offset, line } of records) {
      try {
        if (record === null) throw new Error(problem ?? '');
        const context = { kind: config.kind, source: config.name, path: name, offset, line, scale: 'five' as const };
        if (reader.canonical(record, text, context).length > 0) usable++;
      } catch (error) {
        // A rating that is no value of 1 to 5 is one of [0, 1]: it can be read.
        if (error instanceof ScaleChange || (error instanceof Rejection && error.reason === 'score out of range')) usable++;
        else fault ??= error instanceof Error ? error.message : null;
      }
    }
    if (usable === 0)
      return failed(
        'data',
        `No record of ${name} can be used: ${fault ?? 'they hold neither answers nor feedback'}.`,
        'Map its fields with map:.',
      );
    const record = records.find((each) => each.record !== null)?.record ?? {};
    const title = content.form === 'otlp' ? protobufTitle : reader.describe(record);
    const more = files.length === 1 ? '' : ` ${String(files.length)} files match.`;
    return {
      ok: true,
      failed: null,
      detail: `${name} can be read: ${title}.${more}`,
      todo: null,
      version: null,
      caps: ['interactions', 'feedback'],
    };
  } catch (error) {
    if (!EngineError.is(error) || error.code === 'CANCELLED') throw error;
    return failed(error.code === 'CONFIG_INVALID' ? 'config' : 'data', error.message, 'Mend it and test again.');
  }
}
