/** Ids of records and pseudonyms of users: deterministic, 128 bit, as 32 hex digits. */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { digestOf } from './scan/digest.js';

const bytes = 16;

/**
 * SHA-256 of the parts, cut to 128 bit. Where a record has no id of its own the parts are (kind, source, what identifies
 * it), so that reading it again makes the same id.
 */
export function deterministicId(...parts: string[]): string {
  return bytesToHex(sha256(utf8ToBytes(parts.join('|'))).subarray(0, bytes));
}

/** What pseudonyms are made from. Never leaves this process. */
export interface SharedPseudonyms {
  key: string;
  purged: ReadonlyMap<string, string>;
  answers: ReadonlySet<string>;
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

  /** Has anybody been purged? */
  get withholds(): boolean {
    return this.withheldNames.size > 0;
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

  /** For another thread of this process. */
  share(): SharedPseudonyms {
    return { key: this.key, purged: this.purged, answers: this.answers };
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

/** Quick hash of a line, to tell a redelivered record from a changed one. Not for security. The same as the index has of it. */
export function lineDigest(line: string): number {
  const bytes = new TextEncoder().encode(line);
  return digestOf(bytes, new DataView(bytes.buffer), 0, bytes.length);
}
