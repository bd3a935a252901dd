/** `.ratchet/.local`: what never leaves the machine. It exists only behind a `.gitignore` of ours. */
import type { EngineContext } from '../api.js';
import { EngineError } from '../errors.js';
import { join } from '../paths.js';
import { Pseudonyms } from './identity.js';
import { PurgedWatch } from './purge/purgedUsers.js';

/** The user's own `.gitignore` is never touched; ours is written before the first private byte. */
export async function ensurePrivateFolder(context: EngineContext): Promise<void> {
  const { fs } = context.ports;
  const path = join(context.root, '.ratchet/.gitignore');
  const stat = await fs.stat(path);
  if (stat !== null) {
    const text = await fs.read(path);
    if (/^\/?\.local\/?\s*$/m.test(text)) return;
    await fs.append(path, `${text === '' || text.endsWith('\n') ? '' : '\n'}.local/\n`, { sync: true });
    return;
  }
  try {
    await fs.writeNew(path, '.local/\n');
  } catch (error) {
    // Another process was first.
    if (!EngineError.is(error, 'IO_FAILED') || (await fs.stat(path)) === null) throw error;
  }
}

const keyPath = '.ratchet/.local/pseudonym.key';

/** The workspace's key, made on first use with mode 0600. Call it under the lock of the index. */
export async function loadPseudonyms(context: EngineContext): Promise<Pseudonyms> {
  const { fs, entropy } = context.ports;
  const path = join(context.root, keyPath);
  if ((await fs.stat(path)) === null) await fs.append(path, `${entropy.randomHex(32)}\n`, { sync: true, mode: 0o600 });
  const key = (await fs.read(path)).trim();
  if (!/^[0-9a-f]{64}$/.test(key)) {
    throw new EngineError('IO_FAILED', `${keyPath} does not hold a key. Delete it and pull again; users get new pseudonyms.`, { path });
  }
  const pseudonyms = new Pseudonyms(key);
  await new PurgedWatch(fs, context.root, pseudonyms).refresh();
  return pseudonyms;
}
