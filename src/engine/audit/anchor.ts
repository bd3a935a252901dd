/**
 * `audit.head`: number and hash of the last record, kept apart from the log. A chain alone cannot tell that its end is
 * missing. The anchor makes that evident as long as it is not rewritten too, which is what committing it to git is for.
 */
import type { AuditDocument } from '../../shared/auditDocument.js';
import type { FileSystem } from '../ports.js';

export type Anchor = NonNullable<AuditDocument['anchor']>;

/** `missing`: no file; `damaged`: a file that is no anchor. */
export async function readAnchor(fs: FileSystem, path: string): Promise<Anchor | 'missing' | 'damaged'> {
  if ((await fs.stat(path)) === null) return 'missing';
  try {
    const value = JSON.parse(await fs.read(path)) as Partial<Anchor> | null;
    const { seq, hash } = value ?? {};
    return Number.isSafeInteger(seq) && typeof hash === 'string' ? { seq: seq as number, hash } : 'damaged';
  } catch {
    return 'damaged'; // the caller reports it; why it cannot be read makes no difference
  }
}

export async function writeAnchor(fs: FileSystem, path: string, anchor: Anchor): Promise<void> {
  await fs.write(path, `${JSON.stringify(anchor)}\n`);
}
