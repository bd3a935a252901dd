import { isRecord, parseYaml } from '../config/yaml.js';
import { isReference } from './references.js';
import { isCodeFile, readCode } from './suiteCode.js';
import type { Path, SuiteSource } from './suiteSource.js';
import type { SuiteCode } from './types.js';
import { expandReference, openReference } from './testReader.js';
import type { TestReader } from './testReader.js';

export interface ReadVars {
  vars: Record<string, unknown>;
  /** Variables that functions of files make. */
  varCode: Record<string, SuiteCode>;
}

/** An own property, whatever it is called. */
function define<T>(target: Record<string, T>, name: string, value: T): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}

/** `vars`: a mapping, or files with one. A value `file://…` is the file's content, a pattern a list with that of each file that matches. */
export async function readVars(reader: TestReader, source: SuiteSource, path: Path, value: unknown): Promise<ReadVars> {
  const read: ReadVars = { vars: {}, varCode: {} };
  if (value === undefined || value === null) return read;
  const isFiles = isReference(value) || (Array.isArray(value) && value.length > 0 && value.every(isReference));
  const vars = isFiles ? await readFiles(reader, source, path, Array.isArray(value) ? value : [value]) : value;
  if (!isRecord(vars)) {
    source.report('error', 'test-invalid', '"vars" must be a mapping of names to values.', source.range(path));
    return read;
  }
  for (const [name, item] of Object.entries(vars)) {
    const at = [...path, name];
    if (isCodeFile(item)) {
      define(read.varCode, name, await readCode(source, at, item, reader.references, reader.trusted));
      continue;
    }
    const found = isReference(item) ? await readPattern(reader, source, at, item) : await readItems(reader, source, at, item);
    if (found !== undefined) define(read.vars, name, found);
  }
  return read;
}

/** Mappings of several files; what stands in a later one goes before. */
async function readFiles(reader: TestReader, source: SuiteSource, path: Path, files: readonly string[]): Promise<unknown> {
  const vars: Record<string, unknown> = {};
  for (const file of files) {
    const found = await openReference(reader, source, path, file);
    if (found === null) continue;
    const { value } = parseYaml(found.file, found.text);
    if (!isRecord(value)) return value;
    for (const [name, item] of Object.entries(value)) define(vars, name, item);
  }
  return vars;
}

/** One file's content; of a pattern with several files the list of their contents, in the order of their names. */
async function readPattern(reader: TestReader, source: SuiteSource, path: Path, reference: string): Promise<unknown> {
  const files = await expandReference(reader, source, path, reference, 'vars-missing');
  const contents: unknown[] = [];
  for (const file of files) {
    const content = await readFile(reader, source, path, file);
    if (content !== undefined) contents.push(content);
  }
  return files.length === 1 ? contents[0] : contents.length === 0 ? undefined : contents;
}

/** Items of a list that multiplies may be files as well. */
async function readItems(reader: TestReader, source: SuiteSource, path: Path, value: unknown): Promise<unknown> {
  if (!Array.isArray(value) || typeof value[0] !== 'string' || !value.some(isReference)) return value;
  const items: unknown[] = [];
  for (const [index, item] of (value as unknown[]).entries()) {
    const content = isReference(item) ? await readFile(reader, source, [...path, index], item) : item;
    if (content !== undefined) items.push(content);
  }
  return items;
}

/** Text as it is; YAML and JSON as JSON text, as promptfoo does. Files of code in a list, and binary files, are not run here. */
async function readFile(reader: TestReader, source: SuiteSource, path: Path, reference: string): Promise<unknown> {
  const isCode: boolean = isCodeFile(reference);
  if (isCode || /\.(?:png|jpe?g|gif|webp|pdf|mp[34]|wav)$/iu.test(reference)) {
    source.report('error', 'vars-unreadable', `${reference} cannot be a variable here. Use a text, YAML or JSON file.`, source.range(path));
    return undefined;
  }
  const found = await openReference(reader, source, path, reference);
  if (found === null) return undefined;
  return /\.ya?ml$/iu.test(found.file) ? JSON.stringify(parseYaml(found.file, found.text).value ?? null) : found.text.trim();
}
