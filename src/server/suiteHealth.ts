/** What is wrong with suites themselves, at its place: from the files as they are, and from the last run where the file is still the same. */
import { stat } from 'node:fs/promises';
import { healthOf } from '../engine/evaluation/health.js';
import type { Suite } from '../engine/evaluation/types.js';
import type { Health } from '../shared/evalDocument.js';
import type { SourceRange } from '../shared/documents.js';
import { toAbsolute } from './convert.js';
import type { Session } from './session.js';

export interface PlacedHealth {
  suite: string;
  code: string;
  message: string;
  range: SourceRange;
}

/** Problems of the file are known without it; what has no place is shown in the Evaluation tab alone. */
function placed(suite: string, health: readonly Health[]): PlacedHealth[] {
  return health.flatMap(({ code, message, range, severity }) =>
    range === undefined || severity !== undefined ? [] : [{ suite, code, message, range }],
  );
}

export async function suiteHealth(session: Session, suite: Suite): Promise<PlacedHealth[]> {
  const now = placed(suite.file, healthOf(suite, []));
  const known = new Set(now.map(({ code, range }) => `${code} ${String(range.start)}`));
  const then = (await lastHealth(session, suite)).filter(({ code, range }) => !known.has(`${code} ${String(range.start)}`));
  return [...now, ...then];
}

/** Offsets of an older text would mark something else. */
async function lastHealth(session: Session, { file }: Suite): Promise<PlacedHealth[]> {
  const head = await session.engine.evaluation.lastHead(file);
  if (head === null) return [];
  const found = placed(file, head.report.health);
  if (found.length === 0) return [];
  const path = toAbsolute(session.root, file);
  try {
    if ((await stat(path)).mtime.getTime() > Date.parse(head.time)) return [];
  } catch (error) {
    session.logger.debug(`${file} not looked at: ${String(error)}`);
    return [];
  }
  const buffer = session.bufferOf(file);
  // An open buffer that was edited is another text than the one that ran.
  return buffer === null || buffer.getText() === (await session.savedText(file)) ? found : [];
}
