import type { InitDocument } from '../shared/documents.js';
import type { EngineContext } from './api.js';
import { EngineError } from './errors.js';
import { isInside, join } from './paths.js';

/**
 * Writes files that are not there yet. A file that exists is kept as it is, whatever it holds: `init` never overwrites.
 * Throws OUTSIDE_WORKSPACE where a path leaves the workspace; nothing is written then.
 */
export async function initWorkspace(
  context: EngineContext,
  request: { dryRun: boolean; files: { path: string; text: string }[] },
): Promise<InitDocument> {
  const { fs } = context.ports;
  const targets = request.files.map((file) => ({ ...file, target: join(context.root, file.path) }));
  const stray = targets.find((file) => !isInside(file.target, context.root));
  if (stray !== undefined) {
    throw new EngineError('OUTSIDE_WORKSPACE', `${stray.path} is outside the workspace; nothing was written.`);
  }
  const created: string[] = [];
  const kept: string[] = [];
  for (const file of targets) {
    if ((await fs.stat(file.target)) !== null) {
      kept.push(file.path);
      continue;
    }
    if (!request.dryRun) await fs.writeNew(file.target, file.text);
    created.push(file.path);
  }
  return { schema: 'promptratchet.init/1', created: created.sort(), kept: kept.sort(), dryRun: request.dryRun };
}
