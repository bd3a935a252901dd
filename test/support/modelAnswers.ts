/**
 * Answers of the local model, kept between runs beside the model: greedy answers are the same each time, so only a first run takes minutes.
 * They are the product's own response cache, filled by real requests; nothing is made up.
 */
import { copyFileSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder } from '../../src/platform/llama/paths.js';

const kept = join(cacheFolder(process.env), 'test-answers', 'cache.sqlite');
const cacheOf = (workspace: string): string => join(workspace, '.ratchet/.local/cache.sqlite');

/** Before anything of ours runs in the workspace. */
export function bringAnswers(workspace: string): void {
  if (!existsSync(kept)) return;
  mkdirSync(dirname(cacheOf(workspace)), { recursive: true });
  copyFileSync(kept, cacheOf(workspace));
}

/** After everything of ours has ended there. */
export function keepAnswers(workspace: string): void {
  if (!existsSync(cacheOf(workspace))) return;
  mkdirSync(dirname(kept), { recursive: true });
  // In two steps, so that a run beside this one never reads half a file.
  const temporary = `${kept}.${String(process.pid)}`;
  copyFileSync(cacheOf(workspace), temporary);
  renameSync(temporary, kept);
}
