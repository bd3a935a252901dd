/** Which files of a source are read where they are: those of kind `jsonl` that are one JSON object a line and not packed. */
import { EngineError } from '../../../errors.js';
import type { FileSystem } from '../../../ports.js';
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
    return form === 'lines' || form === 'empty';
  } catch (error) {
    if (!EngineError.is(error, 'IO_FAILED')) throw error;
    return true;
  }
}
