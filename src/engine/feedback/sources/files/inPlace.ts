/**
 * Which files of a source are read where they are: those of kind `jsonl` that are one JSON object a line and not packed. Exports whose records repeat
 * each other are copied: a line by itself does not tell whether its judgement stands elsewhere too.
 */
import { EngineError } from '../../../errors.js';
import type { FileSystem } from '../../../ports.js';
import { isObject } from '../../values.js';
import { holdsOf } from './repeats.js';
import { sniff } from './sniff.js';

const headBytes = 64 * 1024;

/** False for what the adapter of files copies instead: packed files, lists, tables. A file that cannot be read is left to whoever reads in place. */
export async function isReadInPlace(fs: FileSystem, kind: string, path: string): Promise<boolean> {
  if (kind !== 'jsonl') return false;
  if (/\.(?:gz|zst|zip|bz2|xz)$/i.test(path)) return false;
  try {
    const head = await fs.readRange(path, 0, headBytes);
    if (head[0] === 0x1f && head[1] === 0x8b) return false;
    const { form } = sniff(head, kind);
    return form === 'empty' || (form === 'lines' && !mayRepeat(head));
  } catch (error) {
    if (!EngineError.is(error, 'IO_FAILED')) throw error;
    return true;
  }
}

/** By the first line: one of a log of these tools that is longer than the head is taken for one of any other log. */
function mayRepeat(head: Uint8Array): boolean {
  const line =
    new TextDecoder()
      .decode(head)
      .replace(/^\uFEFF/, '')
      .trimStart()
      .split('\n', 1)[0] ?? '';
  try {
    const record: unknown = JSON.parse(line);
    return isObject(record) && holdsOf(record) !== 'neither';
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
