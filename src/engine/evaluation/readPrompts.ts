import { EngineError } from '../errors.js';
import { isRecord } from '../config/yaml.js';
import type { PromptService } from '../api.js';
import type { References } from './references.js';
import type { Path, SuiteSource } from './suiteSource.js';
import type { SuitePrompt } from './types.js';

const fileLike = /^[^\n{}]+\.(?:prompty|prompt|prompt\.ya?ml|txt|md|json|ya?ml|j2)$/u;

interface PromptReader {
  source: SuiteSource;
  references: References;
  prompts: PromptService;
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
  source.checkKeys(path, item, ['id', 'label', 'raw', 'description'], ['config', 'function', 'display']);
  const label = typeof item['label'] === 'string' ? item['label'] : null;
  const text = item['raw'] ?? item['id'];
  if (typeof text === 'string') return readEntry(reader, path, text, label);
  source.report('error', 'prompt-invalid', 'This prompt has neither id nor raw. Name its file by id: file://….', source.range(path));
  return [];
}

async function readEntry(reader: PromptReader, path: Path, text: string, label: string | null): Promise<SuitePrompt[]> {
  const { source } = reader;
  const range = source.range(path);
  try {
    if (text.startsWith('file://')) return await fromFiles(reader, text, label, range);
    const known = text.includes('\n') ? undefined : (await reader.prompts.list()).find((prompt) => prompt.id === text);
    if (known !== undefined) return [{ file: known.file, id: known.id, label, text: null, range }];
    if (fileLike.test(text.trim())) return await fromFiles(reader, `file://${text.trim()}`, label, range);
  } catch (error) {
    if (!EngineError.is(error)) throw error;
    source.report('error', error.code, error.message, range);
    return [];
  }
  return [{ file: null, id: inlineId(source.file, path), label, text, range }];
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

async function fromFiles(
  reader: PromptReader,
  reference: string,
  label: string | null,
  range: SuitePrompt['range'],
): Promise<SuitePrompt[]> {
  const { source, references, prompts } = reader;
  if (/\.(?:[cm]?[jt]s|py)(?::\w+)?$/u.test(reference)) {
    throw new EngineError('SUITE_INVALID', `${reference} is code; prompts that are code are not run here. Use a prompt file.`);
  }
  const files = await references.expand(reference);
  if (files.length === 0) source.report('error', 'prompt-missing', `No file matches ${reference}. Check the path.`, range);
  const found: SuitePrompt[] = [];
  for (const each of files) {
    const file = await references.resolve(each);
    const several = file.endsWith('.txt') ? severalIn((await references.read(each)).text) : [];
    if (several.length > 1) {
      found.push(...several.map((text, index) => ({ file: null, id: `${file}#${String(index + 1)}`, label, text, range })));
      continue;
    }
    const document = await prompts.get(file);
    found.push({ file: document.file, id: document.id, label, text: null, range });
  }
  return found;
}
