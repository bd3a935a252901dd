/** Does a source work, and if not, at which step? *Test Connection* and `doctor`. */
import type { EngineContext } from '../api.js';
import type { SourceConfig } from '../config/types.js';
import { EngineError } from '../errors.js';
import { databaseKind, probeDatabaseSource } from './databases.js';
import { shown } from './inPlace.js';
import { preview } from './preview.js';
import type { SourceFactories } from './pull.js';
import { partFolder, segmentsIn } from './segments/layout.js';
import { findSourceFiles } from './sourceFiles.js';
import type { ProbeResult, ProbeStep } from './sources/source.js';

const probedRecords = 20;

/** Never throws but CANCELLED. */
export async function probeSource(
  context: EngineContext,
  factories: SourceFactories,
  source: SourceConfig,
  signal: AbortSignal | undefined,
): Promise<ProbeResult> {
  try {
    const database = databaseKind(source.kind);
    if (database !== null) return await probeDatabaseSource(context.ports.databases, source, database, signal);
    const factory = factories(source.kind);
    if (source.kind === 'jsonl') return await probeLog(context, source);
    if (source.kind === 'collector') return await probeCollector(context, source.name);
    if (factory === null) return failed('config', `Sources of kind ${source.kind} cannot be read.`, 'Choose another kind.');
    const { fs, http, clock, logger } = context.ports;
    return await factory(source, { root: context.root, fs, http, clock, logger }).probe(signal);
  } catch (error) {
    if (EngineError.is(error, 'CANCELLED')) throw error;
    if (EngineError.is(error)) return failed(stepOf(error), error.message, null);
    context.ports.logger.error(`Looking at the source "${source.name}" failed.`, error);
    return failed('data', 'It failed in a way that was not foreseen.', 'Look into the log.');
  }
}

function stepOf(error: EngineError): ProbeStep {
  if (error.code === 'UNTRUSTED_WORKSPACE' || error.code === 'ORIGIN_NOT_CONFIRMED') return 'trust';
  if (error.code === 'KEY_MISSING') return 'auth';
  return error.code === 'CONFIG_INVALID' ? 'config' : 'data';
}

function failed(step: ProbeStep, detail: string, todo: string | null): ProbeResult {
  return { ok: false, failed: step, detail, todo, version: null, caps: [] };
}

/** A log that is read in place: is it there, and can its first records be read? */
async function probeLog(context: EngineContext, source: SourceConfig): Promise<ProbeResult> {
  if (source.path === undefined) return failed('config', 'The source has no path.', 'Add path: logs/feedback.jsonl or a glob.');
  const files = await findSourceFiles(context.ports.fs, context.root, source.path);
  const [first] = files;
  if (first === undefined) return failed('data', `No file matches ${source.path}.`, 'Check the path.');
  const { detected, records, problems } = await preview(context, source, probedRecords, null);
  const readable = records.filter(({ problem }) => problem === null).length;
  const name = shown(context.root, first);
  if (records.length === 0) return failed('data', problems[0] ?? `${name} is empty.`, 'Let the application write to it.');
  if (readable === 0) return failed('data', `No record of ${name} can be read: ${records[0]?.problem ?? ''}.`, 'Map its fields with map:.');
  const more = files.length === 1 ? '' : ` ${String(files.length)} files match.`;
  const bad = records.length - readable;
  const faults = bad === 0 ? '' : ` ${String(bad)} of the first ${String(records.length)} lines cannot be read.`;
  return {
    ok: true,
    failed: null,
    detail: `${name} can be read: ${detected}.${more}${faults}`,
    todo: null,
    version: null,
    caps: ['interactions', 'feedback'],
  };
}

async function probeCollector(context: EngineContext, name: string): Promise<ProbeResult> {
  const segments = await segmentsIn(context.ports.fs, partFolder(context.root, name, null));
  if (segments.length === 0)
    return failed('data', 'Nothing has been collected yet.', 'Start it with ratchet collect and send feedback to it.');
  return { ok: true, failed: null, detail: 'Feedback has been collected.', todo: null, version: null, caps: ['interactions', 'feedback'] };
}
