import { EngineError } from '../errors.js';
import type { References, ReferencedFile } from './references.js';
import type { Path, SuiteSource } from './suiteSource.js';
import type { SuiteCode } from './types.js';

/** What reading the tests of one suite needs. */
export interface TestReader {
  suite: SuiteSource;
  references: References;
  trusted: boolean;
  /** The suite's `env`. */
  env: Readonly<Record<string, string>>;
  /** Tests that code makes. Absent: it is not run while the suite is read. */
  made?: (code: SuiteCode, config: unknown) => Promise<unknown[]>;
}

/** A file that a suite names; `null` where it cannot be read, which is then reported at `path`. */
export async function openReference(
  { references }: Pick<TestReader, 'references'>,
  source: SuiteSource,
  path: Path,
  reference: string,
): Promise<ReferencedFile | null> {
  try {
    return await references.read(reference);
  } catch (error) {
    if (!EngineError.is(error)) throw error;
    source.report('error', error.code, error.message, source.range(path));
    return null;
  }
}

/** The files that a reference or a pattern stands for; none is reported. */
export async function expandReference(
  { references }: Pick<TestReader, 'references'>,
  source: SuiteSource,
  path: Path,
  reference: string,
  code: string,
): Promise<string[]> {
  try {
    const files = await references.expand(reference);
    if (files.length === 0) source.report('error', code, `No file matches ${reference}. Check the path.`, source.range(path));
    return files;
  } catch (error) {
    if (!EngineError.is(error)) throw error;
    source.report('error', error.code, error.message, source.range(path));
    return [];
  }
}
