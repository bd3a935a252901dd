import picomatch from 'picomatch';
import { EngineError } from '../errors.js';
import { dirname, isInside, join, relative } from '../paths.js';
import type { FileSystem } from '../ports.js';

/** Files that a suite names may be large tables, but not without bound. */
const maxReferenceBytes = 20 * 1024 * 1024;
const maxGlobFiles = 1000;

export interface ReferencedFile {
  /** Workspace-relative. */
  file: string;
  text: string;
}

export function isReference(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith('file://');
}

/** Reads `file://` references of one suite: relative to the suite's folder, and never outside the workspace. */
export class References {
  constructor(
    private readonly fs: FileSystem,
    private readonly root: string,
    private readonly suiteFile: string,
  ) {}

  /** Absolute path of `file://x`; the part after a last `:` (a function's name) is cut off where it is no file. */
  private absolute(reference: string): string {
    const path = reference.replace(/^file:\/\//u, '');
    return join(this.root, dirname(this.suiteFile), path);
  }

  /** Workspace path. Throws OUTSIDE_WORKSPACE where the file, its links followed, is elsewhere; IO_FAILED where it is not there. */
  async resolve(reference: string): Promise<string> {
    const path = this.absolute(reference);
    const root = await this.fs.realpath(this.root);
    // The text is looked at first: whether a file outside exists must not be told either.
    if (!isInside(path, this.root) && !isInside(path, root)) throw outside(reference);
    const real = await this.told(reference, this.fs.realpath(path));
    if (!isInside(real, root)) throw outside(reference);
    return relative(root, real);
  }

  async read(reference: string): Promise<ReferencedFile> {
    const file = await this.resolve(reference);
    return { file, text: await this.told(reference, this.fs.read(join(this.root, file), maxReferenceBytes)) };
  }

  /** What the file system says of a machine's own paths is said of the reference: reports go to other machines. */
  private async told<T>(reference: string, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (!EngineError.is(error, 'IO_FAILED')) throw error;
      const missing = error.details['reason'] === 'ENOENT';
      const message = missing
        ? `${reference} does not exist. Check the path; it starts at the folder of the suite.`
        : error.message.replaceAll(`${this.root}/`, '');
      throw new EngineError('IO_FAILED', message, { ...error.details }, error);
    }
  }

  /** The references that a glob stands for, sorted; a reference without wildcards stands for itself. */
  async expand(reference: string): Promise<string[]> {
    const path = reference.replace(/^file:\/\//u, '');
    const { base, glob } = picomatch.scan(path);
    if (glob === '') return [reference];
    await this.resolve(base === '' ? '.' : base);
    const matches = picomatch(glob);
    const found: string[] = [];
    await this.told(
      reference,
      this.walk(this.absolute(base), '', (inner) => {
        if (matches(inner)) found.push(`file://${base === '' ? '' : `${base}/`}${inner}`);
        return found.length < maxGlobFiles;
      }),
    );
    return found.sort();
  }

  private async walk(folder: string, prefix: string, visit: (path: string) => boolean, depth = 0): Promise<boolean> {
    if (depth > 16) return true;
    for (const entry of await this.fs.list(folder)) {
      const inner = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      if (entry.name === 'node_modules' || entry.name === '.git' || entry.isSymlink) continue;
      const goOn = entry.isDirectory ? await this.walk(join(folder, entry.name), inner, visit, depth + 1) : visit(inner);
      if (!goOn) return false;
    }
    return true;
  }
}

function outside(reference: string): EngineError {
  return new EngineError('OUTSIDE_WORKSPACE', `${reference} is outside the workspace. Move the file into the workspace.`);
}
