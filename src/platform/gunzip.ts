import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { EngineError } from '../engine/errors.js';

const chunkBytes = 256 * 1024;
/** Deflate comes to about 1030 times at most; a log comes to ten, one that says the same over and over to a hundred. */
const mostTimes = 250;
/** What any file may unpack to, however small it is. */
const alwaysAllowed = 1024 * 1024;

function refused(path: string, reason: string, message: string, cause?: unknown): EngineError {
  return new EngineError('IO_FAILED', `Cannot read ${path}: ${message}`, { path, reason }, cause);
}

/** Chunks of what a gzip file holds, also of several members. Memory is bound by a chunk. */
export async function* gunzip(path: string, maxBytes: number): AsyncGenerator<Uint8Array> {
  const { size } = await stat(path);
  const limit = Math.min(maxBytes, Math.max(size * mostTimes, alwaysAllowed));
  const file = createReadStream(path, { highWaterMark: chunkBytes });
  const unpacked = createGunzip({ chunkSize: chunkBytes });
  file.on('error', (error) => unpacked.destroy(error));
  file.pipe(unpacked);
  let total = 0;
  try {
    for await (const chunk of unpacked as AsyncIterable<Uint8Array>) {
      total += chunk.length;
      if (total > limit) {
        throw refused(
          path,
          'too-large',
          `it unpacks to over ${String(Math.round(limit / 1048576))} MiB, which no log of its size does. Unpack it yourself if it is one.`,
        );
      }
      yield chunk;
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
    if (!code.startsWith('Z_')) throw error;
    throw refused(path, 'damaged', 'the gzip file is damaged or cut off. Copy it again.', error);
  } finally {
    file.destroy();
    unpacked.destroy();
  }
}
