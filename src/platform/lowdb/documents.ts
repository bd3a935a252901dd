/** Small JSON documents by lowdb: read fresh, changed under a lock, replaced durably. */
import { Low, type Adapter } from 'lowdb';
import { EngineError } from '../../engine/errors.js';
import { basename } from '../../engine/paths.js';
import type { Documents, FileSystem, JsonDocument, Locks } from '../../engine/ports.js';

export function createDocuments(fs: FileSystem, locks: Locks): Documents {
  return {
    open: <T extends object>(path: string, fallback: () => T): JsonDocument<T> => {
      const lock = `${path}.lock`;
      return {
        async read() {
          const text = await readText(fs, path);
          const data = text === null ? fallback() : (parse(text) as T | null);
          // Looked at again under the lock, so that two readers do not keep it aside twice.
          return data ?? locks.withLock(lock, async () => (await fresh(fs, path, fallback)).data);
        },
        update: (change) =>
          locks.withLock(lock, async () => {
            const db = await fresh(fs, path, fallback);
            const result = await change(db.data);
            await db.write();
            return result;
          }),
      };
    },
  };
}

async function fresh<T extends object>(fs: FileSystem, path: string, fallback: () => T): Promise<Low<T>> {
  const db = new Low<T>(new DurableAdapter<T>(fs, path), fallback());
  await db.read();
  return db;
}

/** lowdb's own file adapter renames without fsync and takes a damaged file for its caller's fault. */
class DurableAdapter<T extends object> implements Adapter<T> {
  private text: string | null = null;

  constructor(
    private readonly fs: FileSystem,
    private readonly path: string,
  ) {}

  async read(): Promise<T | null> {
    this.text = await readText(this.fs, this.path);
    if (this.text === null) return null;
    return (parse(this.text) as T | null) ?? (await this.keepAside(this.text));
  }

  async write(data: T): Promise<void> {
    const text = `${JSON.stringify(data, null, 2)}\n`;
    // An update that changed nothing leaves the file's time alone: watchers and git see no change.
    if (text === this.text) return;
    await this.fs.write(this.path, text);
    this.text = text;
  }

  private async keepAside(text: string): Promise<never> {
    const kept = `${this.path}.damaged-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
    await this.fs.writeNew(kept, text);
    await this.fs.remove(this.path);
    const name = basename(this.path);
    throw new EngineError(
      'IO_FAILED',
      `${name} was damaged and is now kept as ${basename(kept)}. Restore ${name} from git or mend the kept file and rename it back; else the next step starts it afresh.`,
      { path: this.path, kept, reason: 'damaged' },
    );
  }
}

async function readText(fs: FileSystem, path: string): Promise<string | null> {
  return (await fs.stat(path)) === null ? null : fs.read(path);
}

function parse(text: string): object | null {
  try {
    const data: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return typeof data === 'object' && data !== null && !Array.isArray(data) ? data : null;
  } catch {
    return null; // the caller keeps the file aside and reports it
  }
}
