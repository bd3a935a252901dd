import type { AuditDocument, AuditRecord } from '../../shared/auditDocument.js';
import type { FileSystem } from '../ports.js';
import { readAnchor } from './anchor.js';
import { checkLine, checkPlace } from './chain.js';
import { readLog } from './log.js';

export interface LogPaths {
  log: string;
  head: string;
}

type Verdict = Pick<AuditDocument, 'status' | 'at' | 'message'>;

/** Reads everything and checks every hash, the order, and the anchor. `entries` are the records up to the first that does not hold. */
export async function verifyLog(fs: FileSystem, paths: LogPaths): Promise<{ document: AuditDocument; entries: AuditRecord[] }> {
  const anchor = await readAnchor(fs, paths.head);
  const there = (await fs.stat(paths.log)) !== null;
  const { lines, torn } = there ? await readLog(fs, paths.log) : { lines: [], torn: new Uint8Array() };
  const entries: AuditRecord[] = [];
  let verdict: Verdict | null = null;
  for (const [index, line] of lines.entries()) {
    const checked = checkLine(line);
    const problem = checked.ok ? checkPlace(checked.record, index, entries.at(-1) ?? null) : checked.problem;
    if (!checked.ok || problem !== null) {
      verdict = {
        status: 'broken',
        at: index,
        message: `Record ${String(index)} (line ${String(index + 1)}) ${problem ?? ''}. ${whatToDo}`,
      };
      break;
    }
    entries.push(checked.record);
  }
  verdict ??= againstAnchor(entries, anchor, torn.length);
  const document: AuditDocument = {
    schema: 'promptratchet.audit/1',
    ...verdict,
    records: entries.length,
    head: entries.at(-1)?.hash ?? null,
    anchor: typeof anchor === 'string' ? null : anchor,
  };
  return { document, entries };
}

const whatToDo =
  'Restore audit.jsonl and audit.head together from git, or move both away to start a new log; nothing is appended until then.';

function againstAnchor(entries: readonly AuditRecord[], anchor: Awaited<ReturnType<typeof readAnchor>>, tornBytes: number): Verdict {
  const count = entries.length;
  const said = `${String(count)} ${count === 1 ? 'record' : 'records'}`;
  const torn: Verdict = {
    status: 'torn',
    at: null,
    message: `The ${said} hold; ${String(tornBytes)} bytes after them are the rest of a write that was cut off. The next record keeps them aside and says so.`,
  };
  if (anchor === 'missing' || anchor === 'damaged') {
    if (count === 0 && anchor === 'missing') {
      if (tornBytes > 0) return torn;
      return {
        status: 'empty',
        at: null,
        message: 'There is no audit log yet. It starts with the first version or suggestion.',
      };
    }
    const message = `The ${said} hold, but audit.head is ${anchor}, so it cannot be ruled out that later ones were removed. Restore audit.head from git; else the next record notes that it was ${anchor}.`;
    return { status: 'truncated', at: count, message };
  }
  const anchored = entries[anchor.seq];
  if (anchored === undefined) {
    const message = `The log ends after ${said}, but audit.head names record ${String(anchor.seq)}: the end was removed. ${whatToDo}`;
    return { status: 'truncated', at: count, message };
  }
  if (anchored.hash !== anchor.hash) {
    const message = `Record ${String(anchor.seq)} is not the one that audit.head names: the log or audit.head was rewritten. ${whatToDo}`;
    return { status: 'broken', at: anchor.seq, message };
  }
  if (tornBytes > 0) return torn;
  return {
    status: 'ok',
    at: null,
    message: `The ${said} hold, in order and up to the anchor. This shows changes; it does not prevent them.`,
  };
}
