/** Providers that a suite writes itself: `file://provider.js`, `python:provider.py`, `exec:program`. */
import type { CodeModel, ModelProfile } from '../config/types.js';
import { EngineError } from '../errors.js';
import { dirname, isInside, join, normalise } from '../paths.js';

const file = /^(?:file:\/\/|python:|(?=[./]))(.+\.(?:[cm]?[jt]s|py))(?::([\w$.]+))?$/u;

export const isCodeProvider = (id: string): boolean => file.test(id) || id.startsWith('exec:');

/** `null` for another id. Throws OUTSIDE_WORKSPACE. Whether the file is there is told when it is asked. */
export function codeProfile(id: string, config: Record<string, unknown>, suiteFile: string): ModelProfile | null {
  if (!isCodeProvider(id)) return null;
  const folder = dirname(suiteFile);
  const place = folder === '' || folder === '.' ? {} : { folder };
  const { pythonExecutable, timeout, timeoutMs = timeout } = config;
  const shared: CodeModel = {
    id,
    config,
    ...place,
    ...(typeof pythonExecutable === 'string' ? { executable: pythonExecutable } : {}),
  };
  const profile: ModelProfile = { name: id, provider: 'code', model: id, params: {}, code: shared };
  if (typeof timeoutMs === 'number' && timeoutMs > 0) profile.timeoutMs = timeoutMs;
  if (id.startsWith('exec:')) return { ...profile, code: { ...shared, command: id.slice('exec:'.length).trim() } };
  const [, path = '', name] = file.exec(id) ?? [];
  const inside = normalise(join(folder === '' ? '.' : folder, path));
  if (path.startsWith('/') || inside.startsWith('..') || !isInside(`/${inside}`, '/'))
    throw new EngineError('OUTSIDE_WORKSPACE', `The provider ${id} is outside the workspace. Move the file into the workspace.`);
  return { ...profile, code: { ...shared, file: inside, ...(name === undefined ? {} : { name }) } };
}
