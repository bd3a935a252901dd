import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { EngineError } from '../../engine/errors.js';

function isIn(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function outside(path: string): EngineError {
  return new EngineError('OUTSIDE_WORKSPACE', `The recording ${path} is outside the workspace. Move it into the workspace.`);
}

/** Absolute path of a workspace file; links are resolved first. Throws OUTSIDE_WORKSPACE, MODEL_UNAVAILABLE where there is none. */
export function insideWorkspace(root: string, path: string): string {
  let real: string;
  try {
    real = realpathSync(resolve(root, path));
  } catch (error) {
    throw new EngineError('MODEL_UNAVAILABLE', `The recording ${path} does not exist. Check the profile's file.`, {}, error);
  }
  if (!isIn(realpathSync(root), real)) throw outside(path);
  return real;
}

/** Absolute path of a workspace file that may not be there yet; its folder is made. Throws OUTSIDE_WORKSPACE. */
export function writableInWorkspace(root: string, path: string): string {
  const folder = realpathSync(root);
  const wanted = resolve(folder, path);
  if (!isIn(folder, wanted)) throw outside(path);
  let known = dirname(wanted);
  while (!existsSync(known)) known = dirname(known);
  // A folder that is a link leads elsewhere: nothing is made there.
  if (!isIn(folder, realpathSync(known))) throw outside(path);
  mkdirSync(dirname(wanted), { recursive: true });
  const real = join(realpathSync(dirname(wanted)), basename(wanted));
  if (existsSync(real) && !isIn(folder, realpathSync(real))) throw outside(path);
  return real;
}
