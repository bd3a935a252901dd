/** Does a source work, and if not, at which step? *Test Connection* and `doctor`. */
import type { EngineContext } from '../api.js';
import type { SourceConfig } from '../config/types.js';
import { EngineError } from '../errors.js';
import { databaseKind, probeDatabaseSource } from './databases.js';
import type { SourceFactories } from './pull.js';
import { partFolder, segmentsIn } from './segments/layout.js';
import type { ProbeResult, ProbeStep } from './sources/source.js';

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

async function probeCollector(context: EngineContext, name: string): Promise<ProbeResult> {
  const segments = await segmentsIn(context.ports.fs, partFolder(context.root, name, null));
  if (segments.length === 0)
    return failed('data', 'Nothing has been collected yet.', 'Start it with ratchet collect and send feedback to it.');
  return { ok: true, failed: null, detail: 'Feedback has been collected.', todo: null, version: null, caps: ['interactions', 'feedback'] };
}
