import { scanTags, tagProblems } from '../layout.js';
import type { Layout } from '../layout.js';
import { lineMap } from '../textMap.js';
import type { TemplateDialect } from '../types.js';

/** A file that is one user message; with `jinja` its `{{ }}` are read as promptfoo does. Of a `.txt` the white space around is no part of it. */
export function readPlainText(file: string, source: string, dialect: TemplateDialect): Layout {
  const body = lineMap(source, { start: source.startsWith('\uFEFF') ? 1 : 0, end: source.length });
  const scan = scanTags(body.text, dialect);
  const problems = tagProblems(file, body, dialect, scan);
  if (dialect === 'none') {
    const message = 'This file is read as plain text without placeholders. Add dotprompt front matter to use {{ }}.';
    problems.push({ severity: 'info', code: 'PLAIN_TEXT', message, file, range: null });
  }
  const isTrimmed = /\.txt$/iu.test(file);
  const start = isTrimmed ? body.text.length - body.text.trimStart().length : 0;
  const end = isTrimmed ? Math.max(start, body.text.trimEnd().length) : body.text.length;
  return {
    format: 'text',
    dialect,
    name: null,
    nameRange: null,
    messages: end === start ? [] : [{ role: 'user', map: body, start, end, tags: scan.tags }],
    body: null,
    model: null,
    samples: [],
    defaults: {},
    problems,
  };
}
