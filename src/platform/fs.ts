import { randomBytes } from 'node:crypto';
import { closeSync, constants, fsync, mkdirSync, openSync, writeSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { promisify } from 'node:util';
import { EngineError } from '../engine/errors.js';
import { basename, dirname, join, normalise } from '../engine/paths.js';
import type { FileSystem } from '../engine/ports.js';
import { gunzip } from './gunzip.js';

const defaultMaxBytes = 20 * 1024 * 1024;
const chunkBytes = 256 * 1024;
const flush = promisify(fsync);

const reasons: Record<string, string> = {
  ENOENT: 'it does not exist. Check the path.',
  ENOTDIR: 'a part of its path is a file. Check the path.',
  EISDIR: 'it is a folder. Name a file.',
  EEXIST: 'it exists already. Choose another name.',
  EACCES: 'permission was denied. Check who may use it.',
  EPERM: 'permission was denied. Check who may use it.',
  EROFS: 'the disk is read-only. Use a folder that can be written.',
  ENOSPC: 'the disk is full. Free some space and try again.',
  EBUSY: 'another program holds it. Close that program and try again.',
  EMFILE: 'too many files are open. Close some programs and try again.',
  ELOOP: 'its symbolic links go round in a circle. Mend the links.',
};

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
}

function failure(verb: string, path: string, error: unknown): EngineError {
  if (EngineError.is(error)) return error;
  const code = codeOf(error);
  const reason = reasons[code] ?? `the system answered ${code}. Try again.`;
  return new EngineError('IO_FAILED', `Cannot ${verb} ${path}: ${reason}`, { path, reason: code }, error);
}

async function guarded<T>(verb: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw failure(verb, path, error);
  }
}

/** Opens only regular files: opening a pipe would wait for ever. */
async function openFile(path: string): Promise<{ handle: fs.FileHandle; size: number }> {
  const stat = await fs.stat(path);
  if (stat.isDirectory()) throw Object.assign(new Error('folder'), { code: 'EISDIR' });
  if (!stat.isFile()) {
    throw new EngineError('IO_FAILED', `Cannot read ${path}: it is not a regular file. Name a file.`, { path, reason: 'not-a-file' });
  }
  return { handle: await fs.open(path, 'r'), size: stat.size };
}

async function readFully(handle: fs.FileHandle, target: Uint8Array, position: number): Promise<Uint8Array> {
  let filled = 0;
  while (filled < target.length) {
    const { bytesRead } = await handle.read(target, filled, target.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return target.subarray(0, filled);
}

async function writeFully(handle: fs.FileHandle, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    written += (await handle.write(bytes, written, bytes.length - written)).bytesWritten;
  }
}

/** A rename is on disk only when its folder is. Windows cannot open folders and needs no such call. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await fs.open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Windows refuses a rename for a moment while a scanner has the file open. */
async function renameOver(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await fs.rename(from, to);
      return;
    } catch (error) {
      const passing = ['EPERM', 'EACCES', 'EBUSY'].includes(codeOf(error));
      if (process.platform !== 'win32' || !passing || attempt === 6) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10 * 2 ** attempt));
    }
  }
}

/** Writes a fresh file beside `path`, on disk when this returns. The mode of the file that it will replace is kept. */
async function writeBeside(path: string, text: string | AsyncIterable<string>): Promise<string> {
  const folder = dirname(path);
  await fs.mkdir(folder, { recursive: true });
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  const existing = await fs.stat(path).catch(() => null); // a missing file has no mode to keep
  if (existing?.isDirectory() === true) throw Object.assign(new Error('folder'), { code: 'EISDIR' });
  const handle = await fs.open(temporary, 'wx');
  try {
    if (existing !== null && process.platform !== 'win32') await handle.chmod(existing.mode & 0o7777);
    if (typeof text === 'string') await writeFully(handle, Buffer.from(text, 'utf8'));
    else for await (const chunk of text) await writeFully(handle, Buffer.from(chunk, 'utf8'));
    await handle.sync();
  } catch (error) {
    await handle.close();
    await fs.rm(temporary, { force: true });
    throw error;
  }
  await handle.close();
  return temporary;
}

async function write(path: string, text: string | AsyncIterable<string>): Promise<void> {
  const temporary = await writeBeside(path, text);
  try {
    await renameOver(temporary, path);
  } catch (error) {
    await fs.rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** A hard link fails where the name is taken, so the file appears whole or not at all. */
async function writeNew(path: string, text: string): Promise<void> {
  if ((await fs.lstat(path).catch(() => null)) !== null) throw Object.assign(new Error('exists'), { code: 'EEXIST' });
  const temporary = await writeBeside(path, text);
  try {
    await fs.link(temporary, path);
  } catch (error) {
    // Some file systems (FAT, network shares) have no links; there an exclusive create is the next best.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(codeOf(error))) throw error;
    await fs.copyFile(temporary, path, constants.COPYFILE_EXCL);
  } finally {
    await fs.rm(temporary, { force: true });
  }
  await syncFolder(dirname(path));
}

/**
 * Only the disk is waited for in the background. To open and to write ends in the system's memory and takes microseconds; handing each
 * to another thread takes longer, and much longer on a machine that is busy.
 */
async function append(path: string, bytes: Uint8Array, { sync = false, mode }: { sync?: boolean; mode?: number }): Promise<void> {
  const file = openForAppend(path, mode);
  try {
    for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
    if (sync) await flush(file);
  } finally {
    closeSync(file);
  }
}

/** Never waits for a reader, should the path be a pipe. Windows knows neither, and no such flag. */
const appending = constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY | constants.O_NONBLOCK;

function openForAppend(path: string, mode: number | undefined): number {
  try {
    return openSync(path, appending, mode);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    mkdirSync(dirname(path), { recursive: true });
    return openSync(path, appending, mode);
  }
}

async function* stream(path: string, offset: number): AsyncGenerator<Uint8Array> {
  const { handle } = await guarded('read', path, () => openFile(path));
  try {
    for (let position = offset; ;) {
      const chunk = await guarded('read', path, () => readFully(handle, new Uint8Array(chunkBytes), position));
      if (chunk.length === 0) return;
      yield chunk;
      position += chunk.length;
    }
  } finally {
    await handle.close();
  }
}

async function* unpacked(path: string, maxBytes: number): AsyncGenerator<Uint8Array> {
  try {
    yield* gunzip(path, maxBytes);
  } catch (error) {
    throw failure('read', path, error);
  }
}

async function read(path: string, maxBytes: number): Promise<string> {
  const { handle, size } = await openFile(path);
  try {
    if (size > maxBytes) {
      const message = `Cannot read ${path}: it has ${String(size)} bytes, over the limit of ${String(maxBytes)}. Make it smaller or leave it out.`;
      throw new EngineError('IO_FAILED', message, { path, reason: 'too-large', size, maxBytes });
    }
    const bytes = await readFully(handle, new Uint8Array(size), 0);
    try {
      // Strict, since a file read with replacement characters would be damaged by the next write.
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (error) {
      const message = `Cannot read ${path}: it is not UTF-8 text. Save it as UTF-8.`;
      throw new EngineError('IO_FAILED', message, { path, reason: 'not-utf8' }, error);
    }
  } finally {
    await handle.close();
  }
}

/**
 * The engine's file system on Node. Every failure is an EngineError IO_FAILED whose `details` are
 * `{ path, reason }`, reason being the system's code (`ENOENT` …), `too-large`, `not-utf8` or `not-a-file`.
 */
export function createFileSystem(): FileSystem {
  return {
    read: (path, maxBytes = defaultMaxBytes) => guarded('read', path, () => read(path, maxBytes)),
    readRange: (path, offset, length) =>
      guarded('read', path, async () => {
        const { handle, size } = await openFile(path);
        try {
          // Never allocate more than the file holds, whatever the caller asks for.
          const available = Math.max(0, Math.min(length, size - offset));
          return await readFully(handle, new Uint8Array(available), offset);
        } finally {
          await handle.close();
        }
      }),
    readRanges: (path, ranges) =>
      guarded('read', path, async () => {
        const { handle, size } = await openFile(path);
        try {
          const pieces: Uint8Array[] = [];
          for (const { offset, length } of ranges) {
            pieces.push(await readFully(handle, new Uint8Array(Math.max(0, Math.min(length, size - offset))), offset));
          }
          return pieces;
        } finally {
          await handle.close();
        }
      }),
    stream: (path, offset = 0) => stream(path, offset),
    gunzip: (path, maxBytes) => unpacked(path, maxBytes),
    stat: (path) =>
      guarded('look at', path, async () => {
        try {
          const stat = await fs.stat(path);
          return { size: stat.size, mtimeMs: stat.mtimeMs, isDirectory: stat.isDirectory() };
        } catch (error) {
          if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return null;
          throw error;
        }
      }),
    write: (path, text) => guarded('write', path, () => write(path, text)),
    writeChunks: (path, chunks) => guarded('write', path, () => write(path, chunks)),
    writeNew: (path, text) => guarded('create', path, () => writeNew(path, text)),
    append: (path, text, options = {}) => guarded('append to', path, () => append(path, Buffer.from(text, 'utf8'), options)),
    truncate: (path, length) => guarded('shorten', path, () => fs.truncate(path, length)),
    remove: (path) => guarded('remove', path, () => fs.rm(path, { force: true })),
    mkdir: (path) =>
      guarded('create', path, async () => {
        await fs.mkdir(path, { recursive: true });
      }),
    list: (path) =>
      guarded('list', path, async () => {
        const entries = await fs.readdir(path, { withFileTypes: true });
        return entries.map((entry) => ({ name: entry.name, isDirectory: entry.isDirectory(), isSymlink: entry.isSymbolicLink() }));
      }),
    realpath: (path) => guarded('resolve', path, async () => normalise(await fs.realpath(path))),
  };
}
