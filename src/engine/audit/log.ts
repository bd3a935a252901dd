/** Reads the log as bytes: a damaged line need not be text any more. */
import type { FileSystem } from '../ports.js';

const newline = 0x0a;

export interface LogBytes {
  /** Whole lines without their line ends. */
  lines: Uint8Array[];
  /** What stands after the last line end: the rest of a write that was cut off. */
  torn: Uint8Array;
  /** Offset of `torn` in the file. */
  tornAt: number;
}

export async function readLog(fs: FileSystem, path: string): Promise<LogBytes> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of fs.stream(path)) chunks.push(chunk);
  return splitLines(concat(chunks));
}

/**
 * Last whole line (`null`: there is none) and what stands after it, read from the end, so that an append costs the same
 * however long the log is.
 */
export async function readTail(
  fs: FileSystem,
  path: string,
  size: number,
  blockBytes = 64 * 1024,
): Promise<{ last: Uint8Array | null; torn: Uint8Array; tornAt: number }> {
  for (let length = Math.min(size, blockBytes); ; length = Math.min(size, length * 4)) {
    const bytes = await fs.readRange(path, size - length, length);
    const end = bytes.lastIndexOf(newline);
    const start = end <= 0 ? -1 : bytes.lastIndexOf(newline, end - 1);
    // Without a line end before it the line may begin before this block.
    if (length < size && start === -1) continue;
    return {
      last: end === -1 ? null : bytes.subarray(start + 1, end),
      torn: bytes.subarray(end + 1),
      tornAt: size - length + end + 1,
    };
  }
}

function splitLines(bytes: Uint8Array): LogBytes {
  const lines: Uint8Array[] = [];
  let start = 0;
  for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, start)) {
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return { lines, torn: bytes.subarray(start), tornAt: start };
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
