/** The immutable files of a version: its text, and why it exists. */
import { EngineError } from '../errors.js';
import { isInside, join } from '../paths.js';
import type { FileSystem } from '../ports.js';
import { promptSha256 } from '../prompts/hash.js';
import type { RegistryPrompt, RegistryVersion } from './registry.js';
import { numberOfFile, promptFolder, versionNumber } from './snapshotPaths.js';

interface Evidence extends Partial<RegistryVersion> {
  schema?: string;
  prompt?: string;
}

/** One above every number that was ever used, even by a write that did not finish. */
export async function nextNumber(fs: FileSystem, root: string, id: string, known: RegistryPrompt | null): Promise<number> {
  const files = await listFolder(fs, join(root, promptFolder(id)));
  const used = [...files.map(numberOfFile), ...(known?.versions ?? []).map((each) => versionNumber(each.version))];
  return 1 + Math.max(0, ...used.filter((each) => each !== null));
}

/** Evidence first: a snapshot without it would be a version that nobody can explain. */
export async function writeSnapshot(
  fs: FileSystem,
  root: string,
  version: RegistryVersion & { prompt: string },
  text: string,
  evidence: Record<string, unknown>,
): Promise<void> {
  await fs.mkdir(join(root, promptFolder(version.prompt)));
  await refuseOutside(fs, root, promptFolder(version.prompt));
  const document = { schema: 'promptratchet.evidence/1', ...version, data: evidence };
  await fs.writeNew(join(root, version.evidence), `${JSON.stringify(document, null, 2)}\n`);
  await fs.writeNew(join(root, version.file), text);
}

/** Throws IO_FAILED where the file is gone or is not what was written. */
export async function readSnapshot(fs: FileSystem, root: string, version: RegistryVersion): Promise<string> {
  const path = join(root, version.file);
  if ((await fs.stat(path)) === null) {
    throw new EngineError(
      'IO_FAILED',
      `The text of ${version.version} is missing: ${version.file} was removed. Restore it with git checkout -- ${version.file}.`,
    );
  }
  const text = await fs.read(path);
  if (promptSha256(text) !== version.sha256) {
    throw new EngineError(
      'IO_FAILED',
      `${version.file} was changed after it was written, so it is not ${version.version} any more. Restore it with git checkout -- ${version.file}.`,
      { expected: version.sha256, found: promptSha256(text) },
    );
  }
  return text;
}

/**
 * What the registry would say of a prompt, from its files alone: for a registry that was lost or left behind by a merge.
 * `null` where there is nothing to go by.
 */
export async function rebuildPrompt(fs: FileSystem, root: string, id: string, file: string): Promise<RegistryPrompt | null> {
  const folder = promptFolder(id);
  const names = (await listFolder(fs, join(root, folder))).filter((name) => name.endsWith('.evidence.json')).sort();
  const versions: RegistryVersion[] = [];
  for (const name of names) {
    const version = await readEvidence(fs, root, `${folder}/${name}`, id);
    if (version !== null) versions.push(version);
  }
  const last = versions.at(-1);
  return last === undefined ? null : { file, versions, pointers: { latest: last.version } };
}

async function readEvidence(fs: FileSystem, root: string, path: string, id: string): Promise<RegistryVersion | null> {
  try {
    const { version, sha256, parent, time, author, why, file, prompt } = JSON.parse(await fs.read(join(root, path))) as Evidence;
    if (prompt !== id || version === undefined || sha256 === undefined || time === undefined || why === undefined || file === undefined)
      return null;
    // The path comes from a file: only the one beside it is meant.
    if (!isInside(file, promptFolder(id))) return null;
    const entry = { version, sha256, parent: parent ?? null, time, author: author ?? null, why, file, evidence: path };
    await readSnapshot(fs, root, entry);
    return entry;
  } catch {
    return null; // half a version: a write that did not finish, or a file that was changed by hand
  }
}

/** Throws OUTSIDE_WORKSPACE where symbolic links lead `path` out of the workspace. Returns where it really is. */
export async function refuseOutside(fs: FileSystem, root: string, path: string): Promise<{ root: string; path: string }> {
  const real = { root: await fs.realpath(root), path: await fs.realpath(join(root, path)) };
  if (!isInside(real.path, real.root)) {
    throw new EngineError(
      'OUTSIDE_WORKSPACE',
      `${path} is a link to a place outside the workspace; nothing was written there. Replace the link by a file.`,
    );
  }
  return real;
}

async function listFolder(fs: FileSystem, path: string): Promise<string[]> {
  if ((await fs.stat(path)) === null) return [];
  return (await fs.list(path)).filter((entry) => !entry.isDirectory).map((entry) => entry.name);
}
