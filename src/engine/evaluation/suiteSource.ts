import { EngineError } from '../errors.js';
import { keyRangeAt, nodeAt, nodeRange, parseYaml, valueNodeAt } from '../config/yaml.js';
import { nearest } from '../config/nearest.js';
import type { Problem } from '../config/types.js';
import { scalarMap } from '../prompts/scalarMap.js';
import type { TextMap } from '../prompts/textMap.js';
import { dereference } from './dereference.js';
import { withEnvironment } from './environment.js';
import type { References } from './references.js';
import type { SourceRange } from '../../shared/documents.js';

export type Path = readonly (string | number)[];

/** One YAML or JSON file of a suite: its plain data, the ranges of its parts, and what is wrong with it. */
export class SuiteSource {
  private data: unknown;
  private readonly document: ReturnType<typeof parseYaml>['document'];
  private readonly base: number;

  /** `problems` is shared by all files of one suite. */
  constructor(
    readonly file: string,
    private readonly text: string,
    readonly problems: Problem[],
    /** What ranges are in, where that is no YAML: a table or lines of JSON. */
    private readonly rows: string = text,
  ) {
    this.base = text.startsWith('\uFEFF') ? 1 : 0;
    const parsed = parseYaml(file, text.slice(this.base), this.base);
    this.document = parsed.document;
    this.data = parsed.value;
    problems.push(...parsed.problems.map((problem) => ({ ...problem, ...this.lineOf(problem.range) })));
  }

  /** The file's text. */
  get whole(): string {
    return this.text;
  }

  get value(): unknown {
    return this.data;
  }

  /** Puts in what `$ref` and `{{ env.NAME }}` stand for; ranges stay those of the places where they are used. */
  async resolve(references: References, env: Readonly<Record<string, string>>): Promise<void> {
    if (this.text.includes('$ref')) {
      try {
        this.data = await dereference(this.data, references, (message, path) => {
          this.report('error', 'reference-invalid', message, this.range(path));
        });
      } catch (error) {
        if (!EngineError.is(error)) throw error;
        this.report('error', 'reference-invalid', error.message, this.range([]));
      }
    }
    if (this.text.includes('env')) this.data = withEnvironment(this.data, env);
  }

  /** The text that stands at a path, before anything is put in, with the place of each of its characters; `null` where there is none. */
  textAt(path: Path): TextMap | null {
    return scalarMap(this.text, valueNodeAt(this.document, path), this.base);
  }

  /** Of the value at a path, else of the nearest part around it; `null` where the file has no such part. */
  range(path: Path): SourceRange | null {
    for (let length = path.length; length >= 0; length--) {
      const range = nodeRange(nodeAt(this.document, path.slice(0, length)), this.base);
      if (range !== null) return range;
    }
    return null;
  }

  keyRange(path: Path, key: string): SourceRange | null {
    return keyRangeAt(this.document, path, key, this.base) ?? this.range([...path, key]);
  }

  report(severity: Problem['severity'], code: string, message: string, range: SourceRange | null): void {
    this.problems.push({ severity, code, message, file: this.file, range, ...this.lineOf(range) });
  }

  /** Line of a range's start, from 1. */
  lineOf(range: SourceRange | null): { line?: number } {
    if (range === null) return {};
    let line = 1;
    for (let at = this.rows.indexOf('\n'); at !== -1 && at < range.start; at = this.rows.indexOf('\n', at + 1)) line++;
    return { line };
  }

  /** Every key of a mapping is read, known and not run here, or unknown: nothing is left out in silence. */
  checkKeys(path: Path, value: Record<string, unknown>, read: readonly string[], notRun: readonly string[] = []): void {
    for (const key of Object.keys(value)) {
      if (read.includes(key) || key === '$schema' || key.startsWith('x-')) continue;
      const range = this.keyRange(path, key);
      if (notRun.includes(key)) {
        this.report('warning', 'not-run-here', `"${key}" is not run here. Results may differ from promptfoo's.`, range);
      } else {
        const near = closest(key, read) ?? closest(key, notRun);
        const hint = near === undefined ? 'Remove it.' : `Did you mean "${near}"?`;
        this.report('warning', 'unknown-key', `The key "${key}" is not known. ${hint}`, range);
      }
    }
  }
}

/** Of the names that are as near as each other, the one of nearly the same length: "test" is "tests", not "defaultTest". */
function closest(key: string, names: readonly string[]): string | undefined {
  return nearest(key, names).sort((a, b) => Math.abs(a.length - key.length) - Math.abs(b.length - key.length))[0];
}
