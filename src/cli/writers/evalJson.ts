import type { StoredRun } from '../../engine/api.js';
import type { EvalDocument } from '../../shared/evalDocument.js';
import { toJson } from './json.js';

const chunkChars = 32 * 1024;
/** Where a case stands in the document: two spaces a level. */
const indent = ' '.repeat(8);

/** The eval document as `toJson` writes it, byte for byte, its cases read one after the other. Ends with a line end. */
export async function* evalJson({ document, cases }: StoredRun): AsyncGenerator<string> {
  // Nobody who wrote a suite can know the run's id.
  const mark = (suite: number): string => `cases of ${document.run}, ${String(suite)}`;
  const suites = document.suites.map((report, index) => ({ ...report, cases: report.cases.length === 0 ? [] : [mark(index)] }));
  let rest = `${toJson({ ...document, suites })}\n`;
  for (const [index, report] of document.suites.entries()) {
    if (report.cases.length === 0) continue;
    const place = `${indent}${JSON.stringify(mark(index))}`;
    const at = rest.indexOf(place);
    let pending = rest.slice(0, at);
    rest = rest.slice(at + place.length);
    let between = '';
    for await (const result of cases(index)) {
      pending += `${between}${indent}${toJson(result).replaceAll('\n', `\n${indent}`)}`;
      between = ',\n';
      if (pending.length < chunkChars) continue;
      yield pending;
      pending = '';
    }
    yield pending;
  }
  yield rest;
}

/** The whole document, for writers that look at all cases at once. */
export async function wholeDocument({ document, cases }: StoredRun): Promise<EvalDocument> {
  const suites = [];
  for (const [index, report] of document.suites.entries()) {
    const all = [];
    for await (const result of cases(index)) all.push(result);
    suites.push({ ...report, cases: all });
  }
  return { ...document, suites };
}
