/** An adapter that yields what a test says, in the order in which it says it. */
import { EngineError } from '../../src/engine/errors.js';
import type { FeedbackSource, ProbeResult, ReadOptions, SourceBatch, SourceFactory } from '../../src/engine/feedback/sources/source.js';
import type { Json } from '../../src/engine/feedback/values.js';

export interface ScriptedSource {
  factory: SourceFactory;
  /** What the next reads yield: one entry a read; an error is thrown where it stands. */
  reads: (Partial<SourceBatch> | Error)[][];
  /** What each read was called with. */
  calls: { state: Json | null; options: ReadOptions }[];
  /** Files that are there; `null`: no source of files. */
  parts: string[] | null;
}

export const probed: ProbeResult = { ok: true, failed: null, detail: 'Works.', todo: null, version: '1', caps: ['feedback'] };

export function scriptedSource(kind = 'phoenix'): ScriptedSource {
  const script: ScriptedSource = { factory: () => source, reads: [], calls: [], parts: null };
  const source: FeedbackSource = {
    kind,
    probe: () => Promise.resolve(probed),
    async *read(state, options) {
      await Promise.resolve();
      script.calls.push({ state, options });
      for (const step of script.reads.shift() ?? []) {
        if (step instanceof Error) throw step;
        yield { records: [], rejected: [], state: { at: script.calls.length }, ...step };
      }
    },
  };
  Object.defineProperty(source, 'parts', { get: () => (script.parts === null ? undefined : () => Promise.resolve(script.parts)) });
  return script;
}

export const serverDown = new EngineError('SOURCE_FAILED', 'The server does not answer. Start it.');
