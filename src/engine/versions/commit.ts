/** The commit that carries a version, and what is said where there is none. */
import { EngineError } from '../errors.js';
import type { Git } from '../ports.js';
import type { RegistryVersion } from './registry.js';

/** Is there a repository to commit to? Throws GIT_BUSY and UNTRUSTED_WORKSPACE, hence is called before anything is written. */
export async function canCommit(git: Git, trusted: boolean): Promise<boolean> {
  if ((await git.root()) === null) return false;
  // A commit runs the repository's hooks, which are code of whoever wrote the workspace.
  if (!trusted) {
    throw new EngineError(
      'UNTRUSTED_WORKSPACE',
      'A commit runs the hooks of this repository, and the workspace is not trusted. Trust it, or go on without a commit.',
    );
  }
  const operation = await git.busy();
  if (operation !== null) {
    throw new EngineError(
      'GIT_BUSY',
      `A ${operation} is in progress in this repository, so nothing was written. Finish it or abort it (${howToAbort(operation)}), then try again.`,
      { operation },
    );
  }
  return true;
}

export function commitMessage(message: string, prompt: string, version: RegistryVersion): string {
  const trailers = [
    `Ratchet-Prompt: ${oneLine(prompt)}`,
    `Ratchet-Version: ${version.version}`,
    ...(version.parent === null ? [] : [`Ratchet-Parent: ${version.parent}`]),
    `Ratchet-Evidence: ${version.evidence}`,
  ];
  const body = message.trim() === '' ? `Prompt ${oneLine(prompt)}: ${version.version}` : message.trim();
  return `${body}\n\n${trailers.join('\n')}\n`;
}

/** Git's own words, and how to finish by hand. Everything of ours lies under `.ratchet`, hence two paths are enough. */
export function commitFailedNote(error: EngineError, version: string, promptFile: string): string {
  const paths = `.ratchet ${shellWord(promptFile)}`;
  return `${version} is written, but not committed. ${error.message}\nMend that, then: git add -- ${paths} && git commit -m "Prompt ${version}" -- ${paths}`;
}

export const noRepositoryNote = 'There is no git repository here, so nothing was committed; the version is kept in .ratchet/versions.';

function howToAbort(operation: string): string {
  return operation === 'bisect' ? 'git bisect reset' : `git ${operation} --abort`;
}

/** An id from a file could otherwise bring trailers of its own. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}

function shellWord(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
