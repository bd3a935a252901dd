import picomatch from 'picomatch';
import { mapLimit } from '../../shared/async.js';
import { EngineError } from '../errors.js';
import { isInside, join, normalise, relative } from '../paths.js';
import type { FileSystem } from '../ports.js';
import { hasPromptExtension } from './parse.js';

const ignored = new Set(['.git', 'node_modules', 'dist', 'out', 'build', '.ratchet', '.venv', 'vendor']);
const textFile = /\.(?:txt|md|j2|jinja2?|json)$/iu;
const maxDepth = 32;

interface Walk {
  fs: FileSystem;
  /** The workspace folder with its links resolved. */
  root: string;
  wanted: (path: string) => boolean;
  found: Set<string>;
  /** Real folders that were gone through: a circle of links ends here. */
  seen: Set<string>;
}

/** Does a glob of config.yaml ask for this file? Text files have to be asked for by their ending. */
function matcher(globs: readonly string[] | null): (path: string) => boolean {
  if (globs === null) return hasPromptExtension;
  const tests = globs.map((glob) => ({ matches: picomatch(glob.replace(/^\.\//u, '')), ending: /\.[\w{},]+$/u.exec(glob)?.[0] ?? '' }));
  return (path) =>
    tests.some(
      ({ matches, ending }) =>
        matches(path) && (hasPromptExtension(path) || (textFile.test(path) && ending !== '' && !path.endsWith('.prompt.md'))),
    );
}

/** `path` is what globs see; `real` is where it is. Only files inside the workspace are reported, by their real paths. */
async function walk(state: Walk, path: string, real: string, depth: number): Promise<void> {
  if (depth > maxDepth || state.seen.has(real)) return;
  state.seen.add(real);
  let entries;
  try {
    entries = await state.fs.list(real);
  } catch (error) {
    // A folder that may not be read hides no other; its files cannot be prompts for us.
    if (EngineError.is(error, 'IO_FAILED')) return;
    throw error;
  }
  await mapLimit(entries, 8, async (entry) => {
    const inner = path === '' ? entry.name : `${path}/${entry.name}`;
    if (entry.name.includes('\\')) return;
    if (entry.isSymlink) await follow(state, inner, join(real, entry.name), depth);
    else if (entry.isDirectory) {
      if (!ignored.has(entry.name)) await walk(state, inner, join(real, entry.name), depth + 1);
    } else if (state.wanted(inner)) state.found.add(relative(state.root, join(real, entry.name)));
  });
}

/** A link counts as what it points to, where that is inside the workspace and in no ignored folder. */
async function follow(state: Walk, path: string, link: string, depth: number): Promise<void> {
  try {
    const target = await state.fs.realpath(link);
    if (!isInside(target, state.root)) return;
    const inner = relative(state.root, target);
    if (inner.split('/').some((part) => ignored.has(part))) return;
    const stat = await state.fs.stat(target);
    if (stat?.isDirectory === true) await walk(state, path, target, depth + 1);
    else if (stat !== null && state.wanted(path)) state.found.add(inner);
  } catch (error) {
    // A link that leads nowhere is no prompt.
    if (!EngineError.is(error, 'IO_FAILED')) throw error;
  }
}

/** Folders to look through: of each glob the part without wildcards. */
function bases(globs: readonly string[] | null): string[] {
  if (globs === null) return ['.'];
  const found = globs.map((glob) => normalise(picomatch.scan(glob).base || '.'));
  const folders = found.map((base, index) => (base === normalise(globs[index] ?? '') ? normalise(join(base, '..')) : base));
  const unique = [...new Set(folders)].filter((base) => isInside(base, '.'));
  return unique.filter((base) => !unique.some((other) => other !== base && isInside(base, other)));
}

/** Workspace paths of all prompt files, sorted. `globs` are those of config.yaml; `null` looks at every file of a known format. */
export async function discoverPrompts(fs: FileSystem, root: string, globs: readonly string[] | null): Promise<string[]> {
  const state: Walk = { fs, root: await fs.realpath(root), wanted: matcher(globs), found: new Set(), seen: new Set() };
  for (const base of bases(globs)) {
    const path = base === '.' ? '' : base;
    const folder = join(state.root, path);
    if ((await fs.stat(folder))?.isDirectory !== true) continue;
    const real = await fs.realpath(folder);
    if (isInside(real, state.root)) await walk(state, path, real, 0);
  }
  return [...state.found].sort((a, b) => (a < b ? -1 : 1));
}
