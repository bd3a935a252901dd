import { throwIfAborted } from '../../../errors.js';
import { httpFaultOf } from './faults.js';

/** Asks for many ids, some at a time; fewer at a time where an answer is too large. */
export async function inChunks<T>(
  ids: readonly string[],
  size: number,
  signal: AbortSignal | undefined,
  ask: (chunk: readonly string[]) => Promise<readonly T[]>,
): Promise<T[]> {
  const found: T[] = [];
  let step = size;
  for (let at = 0; at < ids.length;) {
    throwIfAborted(signal);
    const chunk = ids.slice(at, at + step);
    try {
      for (const item of await ask(chunk)) found.push(item);
    } catch (error) {
      if (httpFaultOf(error) !== 'tooLarge' || chunk.length === 1) throw error;
      step = Math.max(1, Math.floor(chunk.length / 8));
      continue;
    }
    at += chunk.length;
  }
  return found;
}
