/** `.ratchet/registry.json` and the snapshots of the sample: who wrote which version of a prompt, and when. */
import { createHash } from 'node:crypto';

export interface Edition {
  prompt: string;
  file: string;
  text: string;
  time: string;
  why: 'initial' | 'edit';
  message: string;
}

/** Files by workspace path. Editions of one prompt come oldest first. */
export function versionFiles(editions: readonly Edition[], author: string): Record<string, string> {
  const files: Record<string, string> = {};
  const prompts: Record<string, { file: string; versions: Record<string, unknown>[]; pointers: Record<string, string> }> = {};
  for (const edition of editions) {
    const prompt = (prompts[edition.prompt] ??= { file: edition.file, versions: [], pointers: {} });
    const number = prompt.versions.length + 1;
    const version = `v${String(number)}`;
    const base = `.ratchet/versions/${edition.prompt}/v${String(number).padStart(4, '0')}`;
    const file = base + (/(?:\.prompt)?\.\w+$/u.exec(edition.file)?.[0] ?? '');
    const evidence = `${base}.evidence.json`;
    const entry = {
      version,
      sha256: createHash('sha256').update(edition.text).digest('hex'),
      parent: number === 1 ? null : `v${String(number - 1)}`,
      time: edition.time,
      author,
      why: edition.why,
      file,
      evidence,
    };
    prompt.versions.push(entry);
    prompt.pointers = { latest: version };
    files[file] = edition.text;
    files[evidence] =
      `${JSON.stringify({ schema: 'promptratchet.evidence/1', ...entry, prompt: edition.prompt, data: { message: edition.message } }, null, 2)}\n`;
  }
  files['.ratchet/registry.json'] = `${JSON.stringify({ schema: 'promptratchet.registry/1', prompts, decisions: {} }, null, 2)}\n`;
  return files;
}
