/** Ports that live in memory, so that hundreds of runs take seconds. */
import { EngineError } from '../../src/engine/errors.js';
import type { Clock, Documents, FileSystem, JsonDocument, Locks, Logger } from '../../src/engine/ports.js';

export class MemoryFiles implements FileSystem {
  readonly files = new Map<string, string>();

  read(path: string): Promise<string> {
    const text = this.files.get(path);
    return text === undefined ? Promise.reject(new EngineError('IO_FAILED', `${path} is missing.`)) : Promise.resolve(text);
  }

  async readRange(path: string, offset: number, length: number): Promise<Uint8Array> {
    return new TextEncoder().encode(await this.read(path)).slice(offset, offset + length);
  }

  async *stream(path: string, offset = 0): AsyncIterable<Uint8Array> {
    yield new TextEncoder().encode(await this.read(path)).slice(offset);
  }

  gunzip(): AsyncIterable<Uint8Array> {
    throw new Error('not part of the simulation');
  }

  stat(path: string): Promise<{ size: number; mtimeMs: number; isDirectory: boolean } | null> {
    const text = this.files.get(path);
    if (text !== undefined) return Promise.resolve({ size: text.length, mtimeMs: 0, isDirectory: false });
    const folder = [...this.files.keys()].some((each) => each.startsWith(`${path}/`));
    return Promise.resolve(folder ? { size: 0, mtimeMs: 0, isDirectory: true } : null);
  }

  write(path: string, text: string): Promise<void> {
    this.files.set(path, text);
    return Promise.resolve();
  }

  async writeChunks(path: string, chunks: AsyncIterable<string>): Promise<void> {
    let text = '';
    for await (const chunk of chunks) text += chunk;
    await this.write(path, text);
  }

  async writeNew(path: string, text: string): Promise<void> {
    if (this.files.has(path)) throw new EngineError('IO_FAILED', `${path} exists.`);
    await this.write(path, text);
  }

  append(path: string, text: string): Promise<void> {
    this.files.set(path, (this.files.get(path) ?? '') + text);
    return Promise.resolve();
  }

  truncate(path: string, length: number): Promise<void> {
    this.files.set(path, (this.files.get(path) ?? '').slice(0, length));
    return Promise.resolve();
  }

  remove(path: string): Promise<void> {
    this.files.delete(path);
    return Promise.resolve();
  }

  mkdir(): Promise<void> {
    return Promise.resolve();
  }

  list(path: string): Promise<{ name: string; isDirectory: boolean; isSymlink: boolean }[]> {
    const names = [...this.files.keys()].filter((each) => each.startsWith(`${path}/`)).map((each) => each.slice(path.length + 1));
    return Promise.resolve(names.filter((name) => !name.includes('/')).map((name) => ({ name, isDirectory: false, isSymlink: false })));
  }

  realpath(path: string): Promise<string> {
    return Promise.resolve(path);
  }
}

export function memoryDocuments(files: MemoryFiles): Documents {
  return {
    open<T extends object>(path: string, fallback: () => T): JsonDocument<T> {
      const read = (): T => {
        const text = files.files.get(path);
        return text === undefined ? fallback() : (JSON.parse(text) as T);
      };
      return {
        read: () => Promise.resolve(read()),
        async update(change) {
          const data = read();
          const result = await change(data);
          files.files.set(path, JSON.stringify(data));
          return result;
        },
      };
    },
  };
}

/** Holders of one path come one after the other. */
export function memoryLocks(): Locks {
  const queues = new Map<string, Promise<unknown>>();
  return {
    withLock: (path, work) => {
      const run = (queues.get(path) ?? Promise.resolve()).then(work);
      queues.set(
        path,
        run.catch(() => undefined), // the caller gets the error
      );
      return run;
    },
  };
}

/** Time stands still, so documents are equal byte for byte. */
export const stillClock: Clock = {
  now: () => new Date('2026-11-24T08:00:00Z'),
  monotonic: () => 0,
  sleep: () => Promise.resolve(),
};

export const silentLogger: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
