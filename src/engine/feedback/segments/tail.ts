/** The end of a segment after a crash: half a line, or what the file system filled a file up with. */
import type { FileSystem } from '../../ports.js';

const newline = 0x0a;
const stepBytes = 1024 * 1024;

/** Does the file end where a line ends? An empty one does. */
async function endsWhole(fs: FileSystem, path: string, size: number): Promise<boolean> {
  if (size === 0) return true;
  return (await fs.readRange(path, size - 1, 1))[0] === newline;
}

/**
 * Cuts a segment behind its last complete line; what is cut off is kept as `<name>.torn-<time>`, on disk before the cut. Call it
 * under the source's lock. Returns the number of bytes that were cut off.
 */
export async function cutTornTail(fs: FileSystem, path: string, size: number, now: Date): Promise<number> {
  if (await endsWhole(fs, path, size)) return 0;
  const keep = await endOfLastLine(fs, path, size);
  const torn = `${path}.torn-${now.toISOString().replaceAll(/[:.]/g, '-')}`;
  const decoder = new TextDecoder('utf-8');
  for (let at = keep; at < size; at += stepBytes) {
    const text = decoder.decode(await fs.readRange(path, at, Math.min(stepBytes, size - at)), { stream: true });
    await fs.append(torn, text, { sync: true });
  }
  await fs.truncate(path, keep);
  return size - keep;
}

async function endOfLastLine(fs: FileSystem, path: string, size: number): Promise<number> {
  for (let end = size; end > 0; end -= stepBytes) {
    const start = Math.max(0, end - stepBytes);
    const at = (await fs.readRange(path, start, end - start)).lastIndexOf(newline);
    if (at !== -1) return start + at + 1;
  }
  return 0;
}
