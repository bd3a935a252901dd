import type { Document } from 'yaml';
import type { SourceRange } from '../../shared/documents.js';
import { isRecord, parseYaml } from '../config/yaml.js';
import type { Problem } from '../config/types.js';

const maxFrontMatterChars = 64 * 1024;

export interface FrontMatter {
  /** Of the YAML between the two `---` lines; `null` where there is no front matter. */
  range: SourceRange | null;
  document: Document.Parsed | null;
  data: Record<string, unknown>;
  /** Where the template begins. */
  bodyStart: number;
  problems: Problem[];
}

const opening = /^(\uFEFF?\s*)---[ \t]*(\r\n|\n)/u;
const closing = /^---[ \t]*(?:\r\n|\n|$)/gmu;

/** Splits a file at its `---` lines as Prompty and dotprompt do. Never throws; a front matter that is broken is a problem. */
export function readFrontMatter(file: string, text: string): FrontMatter {
  const start = opening.exec(text);
  const none: FrontMatter = { range: null, document: null, data: {}, bodyStart: text.startsWith('\uFEFF') ? 1 : 0, problems: [] };
  if (start === null) return none;
  closing.lastIndex = start[0].length;
  const end = closing.exec(text);
  const openRange = { start: start[1]?.length ?? 0, end: (start[1]?.length ?? 0) + 3 };
  if (end === null) {
    const message = 'The front matter is not closed. Add a line with --- below it.';
    return { ...none, problems: [{ severity: 'error', code: 'FRONT_MATTER_INVALID', message, file, range: openRange }] };
  }
  const range = { start: start[0].length, end: end.index };
  const found: FrontMatter = { ...none, range, bodyStart: end.index + end[0].length };
  if (range.end - range.start > maxFrontMatterChars) {
    const message = `The front matter is longer than ${String(maxFrontMatterChars)} characters. Make it shorter.`;
    return { ...found, problems: [{ severity: 'error', code: 'FRONT_MATTER_INVALID', message, file, range }] };
  }
  const yaml = parseYaml(file, text.slice(range.start, range.end), range.start);
  const problems = yaml.problems.map((problem) => ({ ...problem, code: 'FRONT_MATTER_INVALID' }));
  if (problems.length === 0 && yaml.value !== null && yaml.value !== undefined && !isRecord(yaml.value)) {
    const message = 'The front matter is not a list of "key: value" lines. Write it as such.';
    problems.push({ severity: 'error', code: 'FRONT_MATTER_INVALID', message, file, range });
  }
  return { ...found, document: yaml.document, data: isRecord(yaml.value) ? yaml.value : {}, problems };
}
