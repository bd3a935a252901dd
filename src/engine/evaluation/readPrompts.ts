import { EngineError } from '../errors.js';
import { isRecord } from '../config/yaml.js';
import type { PromptService } from '../api.js';
import { parseEntry } from '../prompts/parse.js';
import { promptsOfTable } from './promptTable.js';
import type { References } from './references.js';
import { isCodeFile, readCode } from './suiteCode.js';
import { promptKeys } from './suiteKeys.js';
import type { Path, SuiteSource } from './suiteSource.js';
import type { SuitePrompt } from './types.js';

const fileLike = /^[^\n{}]+\.(?:prompty|prompt|prompt\.ya?ml|txt|md|json|ya?ml|j2|csv|(?:[cm]?[jt]s|py)(?::\w+)?)$/u;

interface PromptReader {
  source: SuiteSource;
  references: References;
  prompts: PromptService;
  trusted: boolean;
}

/** `prompts`: inline texts, chats as JSON, `file://` with globs, files by their path, and ids of prompts of the workspace. */
export async function readPrompts(reader: PromptReader, value: unknown): Promise<SuitePrompt[]> {
  const { source } = reader;
  if (value === undefined || value === null) return [];
  const found: SuitePrompt[] = [];
  if (isRecord(value)) {
    // promptfoo's older form: a mapping of files to labels.
    for (const [file, label] of Object.entries(value))
      found.push(...(await readEntry(reader, ['prompts', file], file, typeof label === 'string' ? label : null)));
    return found;
  }
  const list: unknown[] = Array.isArray(value) ? value : [value];
  for (const [index, item] of list.entries()) {
    const path = Array.isArray(value) ? ['prompts', index] : ['prompts'];
    if (typeof item === 'string') found.push(...(await readEntry(reader, path, item, null)));
    else if (isRecord(item)) found.push(...(await readMapping(reader, path, item)));
    else
      source.report('error', 'prompt-invalid', 'A prompt must be a text, a file:// path or a mapping with id or raw.', source.range(path));
  }
  return found;
}

async function readMapping(reader: PromptReader, path: Path, item: Record<string, unknown>): Promise<SuitePrompt[]> {
  const { source } = reader;
  source.checkKeys(path, item, promptKeys.read, promptKeys.ignored);
  const label = typeof item['label'] === 'string' ? item['label'] : null;
  const key = item['raw'] === undefined ? 'id' : 'raw';
  const text = item[key];
  if (typeof text !== 'string') {
    source.report('error', 'prompt-invalid', 'This prompt has neither id nor raw. Name its file by id: file://….', source.range(path));
    return [];
  }
  const found = await readEntry(reader, [...path, key], text, label);
  const config = isRecord(item['config']) ? { config: item['config'] } : {};
  const name = key === 'raw' && typeof item['id'] === 'string' ? { name: item['id'] } : {};
  return found.map((prompt) => ({ ...prompt, ...config, ...name }));
}

/** What is fetched from a service, or made by a program, is no prompt of this workspace. */
const elsewhere: readonly [RegExp, string][] = [
  [/^exec:/u, 'is a program'],
  [/^(?:file:\/\/)?[^\n{}]+\.(?:sh|bash|exe|bat|cmd|ps1|rb|pl)$/u, 'is a program'],
  [/^(?:langfuse|helicone|portkey):\/\//u, 'is kept by a service'],
];

async function readEntry(reader: PromptReader, path: Path, text: string, label: string | null): Promise<SuitePrompt[]> {
  const { source } = reader;
  const range = source.range(path);
  const id = inlineId(source.file, path);
  const [, what] = elsewhere.find(([pattern]) => pattern.test(text)) ?? [];
  if (what !== undefined) {
    const problem = `The prompt ${text.slice(0, 80)} ${what}, which is not run here. Write its text into a file.`;
    source.report('error', 'prompt-not-run', problem, range);
    return [{ file: null, id, label, text, range, problem }];
  }
  try {
    if (text.startsWith('file://')) return await fromFiles(reader, path, text, label);
    const known = text.includes('\n') ? undefined : (await reader.prompts.list()).find((prompt) => prompt.id === text);
    if (known !== undefined) return [{ file: known.file, id: known.id, label, text: null, range }];
    if (fileLike.test(text.trim())) return await fromFiles(reader, path, `file://${text.trim()}`, label);
  } catch (error) {
    if (!EngineError.is(error)) throw error;
    source.report('error', error.code, error.message, range);
    return [];
  }
  const map = source.textAt(path);
  if (map === null) return [{ file: null, id, label, text, range }];
  const document = parseEntry(source.file, source.whole, { id, pointer: `/${path.map(pointerPart).join('/')}`, map });
  for (const problem of document.problems) source.report(problem.severity, problem.code, problem.message, problem.range);
  return [{ file: null, id, label, text: map.text, range, document }];
}

function pointerPart(step: string | number): string {
  return String(step).replaceAll('~', '~0').replaceAll('/', '~1');
}

/** Inline prompts have no name: they are called by their place in the suite. */
function inlineId(file: string, path: Path): string {
  const index = path[1];
  return `${file}#${typeof index === 'number' ? String(index + 1) : '1'}`;
}

/** promptfoo's text files may hold several prompts, with lines of three hyphens between them. */
function severalIn(text: string): string[] {
  return text
    .split(/^---[ \t]*\r?$/mu)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

async function fromFiles(reader: PromptReader, path: Path, reference: string, label: string | null): Promise<SuitePrompt[]> {
  const { source, references, prompts } = reader;
  const range = source.range(path);
  const isCode: boolean = isCodeFile(reference);
  if (isCode) return fromCode(reader, path, reference, label);
  const files = await references.expand(reference);
  if (files.length === 0) source.report('error', 'prompt-missing', `No file matches ${reference}. Check the path.`, range);
  const found: SuitePrompt[] = [];
  for (const each of files) {
    const isOneOfCode: boolean = isCodeFile(each);
    if (isOneOfCode) {
      found.push(...(await fromCode(reader, path, each, label)));
      continue;
    }
    const file = await references.resolve(each);
    const several = await severalOf(references, each, file);
    if (several !== null) {
      if (several.length === 0) source.report('error', 'prompt-missing', `${each} holds no prompt. Write one.`, range);
      found.push(
        ...several.map((one, index) => ({
          file: null,
          id: `${file}#${String(index + 1)}`,
          label: one.label ?? label,
          text: one.text,
          range,
        })),
      );
      continue;
    }
    const document = await prompts.get(file);
    found.push({ file: document.file, id: document.id, label, text: null, range });
  }
  return found;
}

/** Prompts of a file that holds several; `null` for a file that is one prompt. */
async function severalOf(
  references: References,
  reference: string,
  file: string,
): Promise<{ text: string; label: string | null }[] | null> {
  if (/\.csv$/iu.test(file)) return promptsOfTable((await references.read(reference)).text);
  if (!/\.txt$/iu.test(file)) return null;
  const several = severalIn((await references.read(reference)).text);
  return several.length > 1 ? several.map((text) => ({ text, label: null })) : null;
}

/** A function that makes the prompt, for each case anew. */
async function fromCode(reader: PromptReader, path: Path, reference: string, label: string | null): Promise<SuitePrompt[]> {
  const { source } = reader;
  const code = await readCode(source, path, reference, reader.references, reader.trusted);
  const id = `${code.file ?? reference.slice('file://'.length)}${code.name === undefined ? '' : `:${code.name}`}`;
  const problem = code.problem === undefined ? {} : { problem: `The prompt ${reference} is code that cannot be run. ${code.problem}` };
  return [{ file: null, id, label, text: null, range: source.range(path), code, ...problem }];
}
