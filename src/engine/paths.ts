/**
 * Path arithmetic on `/` paths, the same on every system. Back slashes become `/` and a drive letter becomes lower case
 * (as VS Code writes it), so that one file has one spelling.
 */

const drive = /^[a-zA-Z]:(?=\/|$)/;

/** Root of an absolute path: `/`, `c:/`, `//` (a network share), or '' for a relative path. */
function rootOf(path: string): string {
  if (path.startsWith('//')) return '//';
  if (path.startsWith('/')) return '/';
  return drive.test(path) ? `${path.slice(0, 2)}/` : '';
}

/** Resolves `.`, `..` and doubled slashes; no slash at the end. '' becomes '.'. A `..` above the root of an absolute path is dropped. */
export function normalise(path: string): string {
  const slashed = path.replaceAll('\\', '/').replace(drive, (letter) => letter.toLowerCase());
  const root = rootOf(slashed);
  const kept: string[] = [];
  for (const part of slashed.slice(root.length).split('/')) {
    if (part === '' || part === '.') continue;
    const last = kept.at(-1);
    if (part !== '..') kept.push(part);
    else if (last !== undefined && last !== '..') kept.pop();
    else if (root === '') kept.push('..');
  }
  const joined = root + kept.join('/');
  return joined === '' ? '.' : joined;
}

export function isAbsolute(path: string): boolean {
  return rootOf(path.replaceAll('\\', '/')) !== '';
}

/** Joins and normalises; an absolute part starts again (as a shell's `cd` does), so `join(root, path)` takes both kinds of path. */
export function join(...parts: string[]): string {
  let joined = '';
  for (const part of parts) {
    if (part === '') continue;
    joined = joined === '' || isAbsolute(part) ? part : `${joined}/${part}`;
  }
  return normalise(joined);
}

/** Windows ignores case, so paths with a drive or a share are compared without it. */
function comparable(path: string): string {
  return path.startsWith('//') || drive.test(path) ? path.toLowerCase() : path;
}

/** Is `path` the folder itself or below it? Both absolute or both relative; text only, so resolve links first where that matters. */
export function isInside(path: string, folder: string): boolean {
  const inner = comparable(normalise(path));
  const outer = comparable(normalise(folder));
  if (outer === '.') return !isAbsolute(inner) && inner !== '..' && !inner.startsWith('../');
  return inner === outer || inner.startsWith(outer.endsWith('/') ? outer : `${outer}/`);
}

/** `path` as seen from `folder`; '' for the folder itself. Returns the normalised `path` where the two share no root. */
export function relative(folder: string, path: string): string {
  const from = normalise(folder);
  const to = normalise(path);
  if (comparable(rootOf(from)) !== comparable(rootOf(to))) return to;
  const fromParts = from === '.' ? [] : from.slice(rootOf(from).length).split('/').filter(Boolean);
  const toParts = to === '.' ? [] : to.slice(rootOf(to).length).split('/').filter(Boolean);
  const same = comparable(rootOf(from)) === '/' || rootOf(from) === '' ? (a: string) => a : (a: string) => a.toLowerCase();
  let common = 0;
  while (common < fromParts.length && common < toParts.length && same(fromParts[common] ?? '') === same(toParts[common] ?? '')) {
    common += 1;
  }
  return [...fromParts.slice(common).map(() => '..'), ...toParts.slice(common)].join('/');
}

/** Folder of a path; '.' for a bare name, the root for the root. */
export function dirname(path: string): string {
  const normal = normalise(path);
  const root = rootOf(normal);
  const slash = normal.lastIndexOf('/');
  if (slash < root.length) return root === '' ? '.' : root;
  return normal.slice(0, slash);
}

export function basename(path: string): string {
  const normal = normalise(path);
  return normal.slice(Math.max(rootOf(normal).length, normal.lastIndexOf('/') + 1));
}

/** Last extension with its dot, `.prompty`; '' where there is none or the name only starts with a dot. */
export function extname(path: string): string {
  const name = basename(path);
  const dot = name.lastIndexOf('.');
  return dot <= 0 || name === '..' ? '' : name.slice(dot);
}
