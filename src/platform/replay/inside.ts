import { realpathSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { EngineError } from '../../engine/errors.js';

/** Absolute path of a workspace file; links are resolved first. Throws OUTSIDE_WORKSPACE, MODEL_UNAVAILABLE where there is none. */
export function insideWorkspace(root: string, path: string): string {
  let real: string;
  try {
    real = realpathSync(resolve(root, path));
  } catch (error) {
    throw new EngineError('MODEL_UNAVAILABLE', `The recording ${path} does not exist. Check the profile's file.`, {}, error);
  }
  const folder = realpathSync(root);
  if (real !== folder && !real.startsWith(folder.endsWith(sep) ? folder : folder + sep)) {
    throw new EngineError('OUTSIDE_WORKSPACE', `The recording ${path} is outside the workspace. Move it into the workspace.`);
  }
  return real;
}
