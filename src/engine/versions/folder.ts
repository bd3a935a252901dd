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

/** Makes `.ratchet/` with its `.gitignore` before anything is written there. Lines that are there stay; ours that are missing are added. */
export async function ensureRatchetFolder(fs: FileSystem, root: string): Promise<void> {
  for (const file of ratchetFolderFiles) {
    const target = join(root, file.path);
    const text = (await fs.stat(target)) === null ? '' : await fs.read(target);
    const present = new Set(text.split(/\r?\n/).map((line) => line.trim()));
    const missing = file.text.split('\n').filter((line) => line !== '' && !present.has(line));
    // A comment alone is no reason to touch a file.
    if (missing.every((line) => line.startsWith('#'))) continue;
    const start = text === '' || text.endsWith('\n') ? text : `${text}\n`;
    await fs.write(target, `${start}${missing.join('\n')}\n`);
  }
}
