import Papa from 'papaparse';

/**
 * promptfoo's tables of prompts: the columns `prompt` and, where there is one, `label`; other columns mean nothing. A file without commas is
 * one prompt a line, under a line `prompt` or not.
 */
export function promptsOfTable(text: string): { text: string; label: string | null }[] {
  const body = text.replace(/^\uFEFF/u, '');
  if (!body.includes(',')) {
    const lines = body.split(/\r?\n/u).map((line) => line.trim());
    const named = lines[0]?.toLowerCase() === 'prompt' ? lines.slice(1) : lines;
    return named.filter((line) => line !== '').map((line) => ({ text: unquoted(line), label: null }));
  }
  const [header = [], ...rows] = Papa.parse<string[]>(body, { delimiter: ',', skipEmptyLines: true }).data;
  const names = header.map((name) => name.trim());
  const cell = (row: readonly string[], name: string): string => (row[names.indexOf(name)] ?? '').trim();
  return rows
    .map((row) => ({ text: cell(row, 'prompt'), label: cell(row, 'label') === '' ? null : cell(row, 'label') }))
    .filter((prompt) => prompt.text !== '');
}

function unquoted(line: string): string {
  return /^".*"$/u.test(line) ? line.slice(1, -1).replaceAll('""', '"') : line;
}
