/** The chain itself: how a record is hashed, and what is wrong with a line that does not hold. Pure. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { AuditRecord } from '../../shared/auditDocument.js';
import { canonicalJson, canonicalMembers } from './jcs.js';

/** Keeps these hashes apart from hashes of equal bytes made for any other purpose. */
const domain = 'promptratchet-audit-v1\n';

export const zeroHash = '0'.repeat(64);

export type UnsealedRecord = Omit<AuditRecord, 'hash'>;

/** `SHA-256("promptratchet-audit-v1\n" ‖ JCS(record without hash))`, 64 hex digits. */
function hashOf(canonical: string): string {
  return bytesToHex(sha256(utf8ToBytes(domain + canonical)));
}

export function seal(record: UnsealedRecord): AuditRecord {
  return { ...record, hash: hashOf(canonicalJson(record)) };
}

/** One line of the log, without its line end. Canonical, so that equal records are equal bytes and no byte is free. */
export function toLine(record: AuditRecord): string {
  return canonicalJson(record);
}

export type Checked = { ok: true; record: AuditRecord } | { ok: false; problem: string };

/** Does this line hold by itself, wherever it stands? */
export function checkLine(line: Uint8Array): Checked {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line);
    value = JSON.parse(text);
  } catch {
    return { ok: false, problem: 'is not readable' };
  }
  if (!isRecord(value)) return { ok: false, problem: 'is not an audit record' };
  try {
    const members = canonicalMembers(value);
    const hashed = members.filter(([name]) => name !== 'hash').map(([, member]) => member);
    if (hashOf(`{${hashed.join(',')}}`) !== value.hash) return { ok: false, problem: 'was changed: its content does not give its hash' };
    if (`{${members.map(([, member]) => member).join(',')}}` !== text)
      return { ok: false, problem: 'was changed: it is not written as this log writes it' };
  } catch {
    return { ok: false, problem: 'was changed: it holds what this log never writes' };
  }
  return { ok: true, record: value };
}

/** Does a record that holds by itself stand where it belongs? `null`: it does. */
export function checkPlace(record: AuditRecord, index: number, previous: AuditRecord | null): string | null {
  if (previous === null) {
    if (record.seq !== 0) return `is number ${String(record.seq)}: the records before it were removed`;
    if (record.type !== 'genesis' || record.prev !== zeroHash) return 'is not the start of a log';
    return null;
  }
  if (record.seq > index) return `is number ${String(record.seq)}: a record before it was removed, or it was moved up`;
  if (record.seq < index) return `is number ${String(record.seq)}: it was moved or repeated, or a record was inserted before it`;
  if (record.type === 'genesis') return 'starts a second log inside this one';
  if (record.prev !== previous.hash) return 'does not follow the one before it: one of the two was replaced';
  return null;
}

function isRecord(value: unknown): value is AuditRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const record = value as Partial<Record<keyof AuditRecord, unknown>>;
  return (
    record.v === 1 &&
    Number.isSafeInteger(record.seq) &&
    [record.ts, record.prev, record.type, record.hash].every((field) => typeof field === 'string') &&
    [record.actor, record.subject, record.data, record.artifacts].every((field) => typeof field === 'object' && field !== null)
  );
}
