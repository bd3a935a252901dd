import { appendFile } from 'node:fs/promises';
import type { Logger } from '../../engine/ports.js';

/** Appends lines to a recording, one after the other. A line that cannot be written is told once; answers go on. */
export function recorder(path: string, logger: Logger): (line: string) => void {
  let last = Promise.resolve();
  let told = false;
  return (line) => {
    last = last
      .then(() => appendFile(path, line))
      .catch((error: unknown) => {
        if (!told) logger.error(`The recording ${path} cannot be written`, error);
        told = true;
      });
  };
}
