import { join } from '../paths.js';
import type { FileSystem } from '../ports.js';

/** Ours alone: the user's own .gitignore is never touched. */
export const ratchetFolderFiles: readonly { path: string; text: string }[] = [
  {
    path: '.ratchet/.gitignore',
    text: '# Written by Prompt Ratchet. Production text stays on this machine.\n.local/\n*.lock\n*.takeover\n.*.tmp\n*.damaged-*\n*.torn-*\n',
  },
  {
    path: '.ratchet/.gitattributes',
    text: '# Written by Prompt Ratchet. Hashes are over bytes, so git must not change line ends here.\n* -text\n',
  },
];

/** Makes `.ratchet/` with its `.gitignore` before anything is written there; what exists stays as it is. */
export async function ensureRatchetFolder(fs: FileSystem, root: string): Promise<void> {
  for (const file of ratchetFolderFiles) {
    const target = join(root, file.path);
    if ((await fs.stat(target)) === null) await fs.write(target, file.text);
  }
}
