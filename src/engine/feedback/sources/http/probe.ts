/** Runs the steps of a connection and says the one that failed. */
import type { SourceConfig } from '../../../config/types.js';
import { EngineError } from '../../../errors.js';
import { compileMapping } from '../../mapping.js';
import type { ProbeResult, ProbeStep } from '../source.js';
import { stepOf, wordsOf } from './faults.js';

export interface ProbeFacts {
  version: string | null;
  caps: string[];
}

/** Never throws but CANCELLED. `work` fills `facts` as far as it gets and returns the sentence for success, or what is wrong at a step. */
export async function runProbe(
  work: (facts: ProbeFacts) => Promise<string | { failed: ProbeStep; detail: string; todo: string }>,
): Promise<ProbeResult> {
  const facts: ProbeFacts = { version: null, caps: [] };
  try {
    const result = await work(facts);
    if (typeof result === 'string') return { ok: true, failed: null, detail: result, todo: null, ...facts };
    return { ok: false, ...result, ...facts };
  } catch (error) {
    if (!EngineError.is(error)) throw error;
    if (error.code === 'CANCELLED') throw error;
    const { said, todo } = wordsOf(error);
    return { ok: false, failed: stepOf(error), detail: said, todo, ...facts };
  }
}

/** What a pull would stumble over before it asks anything. Throws CONFIG_INVALID. */
export function checkMap(config: SourceConfig): void {
  if (config.map !== undefined) compileMapping(config.map);
}

/** Whether a version such as `20.26.1` or `3.17.2rc1` is at least `least` (`[20, 0]`); an unreadable one counts as new enough. */
export function isAtLeast(version: string, least: readonly number[]): boolean {
  const parts = /^\s*v?(\d+)(?:\.(\d+))?(?:\.(\d+))?/u.exec(version);
  if (parts === null) return true;
  for (let index = 0; index < least.length; index++) {
    const difference = Number(parts[index + 1] ?? 0) - (least[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
