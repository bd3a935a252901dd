import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { AuditRecord } from '../../shared/auditDocument.js';
import type { AuditService, EngineContext } from '../api.js';
import { EngineError } from '../errors.js';
import { basename, join } from '../paths.js';
import { readAnchor, writeAnchor } from './anchor.js';
import { checkLine, seal, toLine, zeroHash, type UnsealedRecord } from './chain.js';
import { readTail } from './log.js';
import { verifyLog } from './verify.js';

type Entry = Parameters<AuditService['append']>[0];

/** What the next record follows, and the notes that must stand before it. */
interface Tail {
  last: AuditRecord | null;
  repairs: Record<string, unknown>[];
}

export function createAuditService(context: EngineContext): AuditService {
  const { fs, locks, clock, entropy, git } = context.ports;
  const paths = { log: join(context.root, '.ratchet/audit.jsonl'), head: join(context.root, '.ratchet/audit.head') };
  let userName: Promise<string | null> | null = null;

  const actor = async (): Promise<AuditRecord['actor']> => {
    // Without a name the record is still worth writing.
    userName ??= git.userName().catch(() => null);
    return { kind: 'user', id: (await userName) ?? 'unknown' };
  };

  const next = (last: AuditRecord | null, entry: Entry, by: AuditRecord['actor']): AuditRecord => {
    const record: UnsealedRecord = {
      v: 1,
      seq: last === null ? 0 : last.seq + 1,
      ts: clock.now().toISOString(),
      prev: last?.hash ?? zeroHash,
      actor: by,
      type: entry.type,
      subject: entry.subject,
      data: entry.data ?? {},
      artifacts: entry.artifacts ?? {},
    };
    return seal(record);
  };

  /** The end of the log, mended where a write was cut off. Throws AUDIT_BROKEN where nothing may follow it. */
  const openTail = async (): Promise<Tail> => {
    const size = (await fs.stat(paths.log))?.size ?? 0;
    const anchor = await readAnchor(fs, paths.head);
    const { last, torn, tornAt } = size === 0 ? { last: null, torn: new Uint8Array(), tornAt: 0 } : await readTail(fs, paths.log, size);
    const checked = last === null ? null : checkLine(last);
    if (checked?.ok === false) throw broken(`its last record ${checked.problem}`);
    const record = checked?.record ?? null;
    if (typeof anchor !== 'string') {
      if (record === null || record.seq < anchor.seq)
        throw broken(`audit.head names record ${String(anchor.seq)}, and the log ends before it`);
      if (record.seq === anchor.seq && record.hash !== anchor.hash) throw broken('its last record is not the one that audit.head names');
      // An append that was cut off before its anchor, or a log that was rewritten: only reading all of it tells which.
      if (record.seq > anchor.seq) {
        const { document } = await verifyLog(fs, paths);
        if (document.status === 'broken') throw broken(`record ${String(document.at)} is not the one that was written`);
      }
    }
    const repairs: Tail['repairs'] = [];
    if (torn.length > 0) repairs.push(await cutOff(torn, tornAt));
    if (typeof anchor === 'string' && (record !== null || anchor === 'damaged')) repairs.push({ reason: `anchor ${anchor}` });
    return { last: record, repairs };
  };

  const cutOff = async (torn: Uint8Array, at: number): Promise<Record<string, unknown>> => {
    const base = `${paths.log}.torn-${clock.now().toISOString().replaceAll(/[:.]/g, '-')}-${entropy.randomHex(2)}`;
    let kept = base;
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(torn);
    } catch {
      // Cut in the middle of a character: hex keeps every byte.
      kept = `${base}.hex`;
      text = bytesToHex(torn);
    }
    await fs.writeNew(kept, text);
    await fs.truncate(paths.log, at);
    return { reason: 'torn tail', bytes: torn.length, sha256: bytesToHex(sha256(torn)), kept: basename(kept) };
  };

  const append = async (entry: Entry): Promise<AuditRecord> => {
    const by = entry.actor ?? (await actor());
    return locks.withLock(`${paths.log}.lock`, async () => {
      const { last, repairs } = await openTail();
      const system = { kind: 'system', id: 'ratchet' } as const;
      const added: AuditRecord[] = [];
      const add = (one: Entry, who: AuditRecord['actor']): AuditRecord => {
        const record = next(added.at(-1) ?? last, one, who);
        added.push(record);
        return record;
      };
      if (last === null) add({ type: 'genesis', subject: { log: entropy.randomHex(16) } }, system);
      for (const data of repairs) add({ type: 'log.repaired', subject: {}, data }, system);
      const record = add(entry, by);
      const text = added.map((each) => `${toLine(each)}\n`).join('');
      // A new file must be durable together with its name, which appending does not promise.
      if (last === null && (await fs.stat(paths.log)) === null) await fs.writeNew(paths.log, text);
      else await fs.append(paths.log, text, { sync: true });
      await writeAnchor(fs, paths.head, { seq: record.seq, hash: record.hash });
      return record;
    });
  };

  /** A log that is being appended to may look torn; what does not hold is looked at again with writers kept out. */
  const settled = async (): ReturnType<typeof verifyLog> => {
    const first = await verifyLog(fs, paths);
    if (first.document.status === 'ok' || first.document.status === 'empty') return first;
    try {
      return await locks.withLock(`${paths.log}.lock`, () => verifyLog(fs, paths));
    } catch (error) {
      // A folder that cannot be written has no writers either.
      if (EngineError.is(error, 'IO_FAILED')) return first;
      throw error;
    }
  };

  return {
    append,
    verify: async () => (await settled()).document,
    entries: async () => (await settled()).entries,
  };
}

function broken(why: string): EngineError {
  return new EngineError(
    'AUDIT_BROKEN',
    `The audit log does not hold: ${why}. Run ratchet audit verify, then restore audit.jsonl and audit.head together from git, or move both away to start a new log.`,
  );
}
