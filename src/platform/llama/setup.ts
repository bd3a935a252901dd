import { installLibrary, isLibraryInstalled } from './install.js';
import { DEMO_MODEL, fetchModelFile, findModelFile } from './modelFile.js';
import { cacheFolder } from './paths.js';

export interface SetUpOptions {
  /** Default: our cache folder. */
  cacheDir?: string;
  onProgress?: (message: string, share: number | null) => void;
  signal?: AbortSignal;
}

/**
 * Makes the local model usable: installs the pinned runtime and fetches the demo model, each only where it is missing.
 * Never throws: `problem` is one sentence that says what is missing and what to do.
 */
export async function setUpLocalModel(options: SetUpOptions = {}): Promise<{ ok: boolean; problem: string | null }> {
  const cacheDir = options.cacheDir ?? cacheFolder(process.env);
  const onProgress = options.onProgress ?? ((): void => undefined);
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  try {
    if (!isLibraryInstalled(cacheDir)) {
      onProgress('Installing the local model runtime (about 70 MB)', null);
      await installLibrary(cacheDir, options.signal);
    }
    if (findModelFile(DEMO_MODEL.name, process.env, cacheDir) === null) {
      await fetchModelFile(DEMO_MODEL, { cacheDir, onProgress, ...signal });
    }
    return { ok: true, problem: null };
  } catch (error) {
    if (options.signal?.aborted === true) return { ok: false, problem: 'Stopped.' };
    return { ok: false, problem: `The local model could not be set up: ${error instanceof Error ? error.message : String(error)}` };
  }
}
