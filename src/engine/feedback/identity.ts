/** Ids of records and pseudonyms of users: deterministic, 128 bit, as 32 hex digits. */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

const bytes = 16;

/**
 * SHA-256 of the parts, cut to 128 bit. Where a record has no id of its own the parts are (kind, source, what identifies
 * it), so that reading it again makes the same id.
 */
export function deterministicId(...parts: string[]): string {
  return bytesToHex(sha256(utf8ToBytes(parts.join('|'))).subarray(0, bytes));
}

/**
 * What raw ids of people become: HMAC-SHA256 under the workspace's key, remembered, since a log names the same user again and again.
 * Somebody who was purged has another, random name instead, and what that person wrote is withheld.
 */
export class Pseudonyms {
  private readonly known = new Map<string, string>();
  private readonly mac: ReturnType<typeof hmac.create>;
  private purged: ReadonlyMap<string, string> = new Map();
  private withheldNames: ReadonlySet<string> = new Set();
  private answers: ReadonlySet<string> = new Set();

  /** `key`: hex digits. */
  constructor(private readonly key: string) {
    this.mac = hmac.create(sha256, utf8ToBytes(key));
  }

  /** Tells two keys apart without giving them away. */
  get fingerprint(): string {
    return deterministicId('pseudonym key', this.key);
  }

  of(raw: string): string {
    const before = this.known.get(raw);
    if (before !== undefined) return before;
    const own = this.own(raw);
    const pseudonym = this.nameOf(own);
    if (this.known.size < 200_000) this.known.set(raw, pseudonym);
    return pseudonym;
  }

  /** The pseudonym itself, also of somebody who was purged. */
  own(raw: string): string {
    return bytesToHex(this.mac.clone().update(utf8ToBytes(raw)).digest().subarray(0, bytes));
  }

  /** By pseudonym, the name that stands for somebody who was purged; and the ids of the answers that such people were given. */
  setPurged(purged: ReadonlyMap<string, string>, answers: ReadonlySet<string>): void {
    this.known.clear();
    this.purged = purged;
    this.withheldNames = new Set(purged.values());
    this.answers = answers;
  }

  /** The name that stands for a pseudonym, itself where that person was not purged. */
  nameOf(pseudonym: string): string {
    return this.purged.get(pseudonym) ?? pseudonym;
  }

  /**
   * Must the words of a record neither be stored nor shown? `name`: what `of` gave for its user, else its session. `interaction`: what feedback
   * without a name is about.
   */
  isWithheld(name: string | null, interaction: string | null = null): boolean {
    if (this.withheldNames.size === 0) return false;
    return name === null ? interaction !== null && this.answers.has(interaction) : this.withheldNames.has(name);
  }
}

/**
 * Quick 53-bit hash of a line, to tell a redelivered record from a changed one. Not for security.
 * FNV-1a on two lanes.
 */
export function lineDigest(line: string): number {
  let a = 0x811c9dc5;
  let b = 0x1b873593;
  for (let index = 0; index < line.length; index++) {
    const code = line.charCodeAt(index);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b);
  }
  return (a >>> 0) * 0x200000 + (b >>> 11);
}
