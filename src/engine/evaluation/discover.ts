import { EngineError } from '../errors.js';
import { join } from '../paths.js';
import type { FileSystem } from '../ports.js';
import { hasGithubSuite, isGithubSuite } from './githubSuite.js';

const ignored = new Set(['.git', 'node_modules', 'dist', 'out', 'build', '.ratchet', '.venv', 'vendor', '.vscode-test']);
const maxDepth = 32;

/** `*.eval.yaml` (and `.yml`), `promptfooconfig.yaml`, `.yml` and `.json`; a `.prompt.yml` is known by its content only. */
export function isSuiteFile(file: string): boolean {
  return /(?:^|\/)(?:[^/]+\.eval\.ya?ml|promptfooconfig\.(?:ya?ml|json))$/u.test(file);
}

/** Workspace paths of all suites, sorted, with those of `.prompt.yml` that hold their own cases. Links are not followed: a suite is read at its own place. */
export async function discoverSuites(fs: FileSystem, root: string): Promise<string[]> {
  const found: string[] = [];
  const prompts: string[] = [];
  const walk = async (folder: string, depth: number): Promise<void> => {
    if (depth > maxDepth) return;
    let entries;
    try {
      entries = await fs.list(join(root, folder));
    } catch (error) {
      // A folder that may not be read hides no other.
      if (EngineError.is(error, 'IO_FAILED')) return;
      throw error;
    }
    for (const { name, isDirectory, isSymlink } of entries) {
      if (isSymlink) continue;
      const path = folder === '' ? name : `${folder}/${name}`;
      if (isDirectory) {
        if (!ignored.has(name)) await walk(path, depth + 1);
      } else if (isSuiteFile(path)) found.push(path);
      else if (isGithubSuite(path)) prompts.push(path);
    }
  };
  await walk('', 0);
  // A suite of the same name beside the prompt is the one that is meant.
  const taken = new Set(found.map(stemOf));
  for (const path of prompts) if (!taken.has(stemOf(path)) && (await isOwnSuite(fs, join(root, path)))) found.push(path);
  return found.sort((a, b) => (a < b ? -1 : 1));
}

function stemOf(path: string): string {
  return path.replace(/\.(?:eval|prompt)\.ya?ml$/u, '');
}

async function isOwnSuite(fs: FileSystem, path: string): Promise<boolean> {
  try {
    return hasGithubSuite(await fs.read(path));
  } catch (error) {
    // A prompt that cannot be read is reported with the prompts.
    if (EngineError.is(error, 'IO_FAILED')) return false;
    throw error;
  }
}
