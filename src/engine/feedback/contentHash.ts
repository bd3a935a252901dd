const words = new Int32Array(4);
const seeds = new Int32Array(4);
/** Whose hash the seeds are: a log has the same one for all its records. */
let lastPrefix: string | null = null;

/**
 * 128 bits of a text as 32 hex digits, for the ids of records that have none; `prefix` tells sources apart. Four lanes of 32 bits over pairs of UTF-16
 * units, mixed as in MurmurHash3 (x86, 128 bit; its constants). Not for security: it runs for every record of a log, where SHA-256 takes ten times
 * as long as parsing.
 */
export function contentHash(prefix: string, text: string): string {
  if (prefix !== lastPrefix) {
    seeds.fill(0);
    hash(prefix);
    seeds.set(words);
    lastPrefix = prefix;
  }
  hash(text);
  return hex(0) + hex(1) + hex(2) + hex(3);
}

/** From `seeds` into `words`. */
function hash(text: string): void {
  const { length } = text;
  const whole = length - (length % 8);
  let a = length ^ (seeds[0] ?? 0);
  let b = length ^ (seeds[1] ?? 0);
  let c = length ^ (seeds[2] ?? 0);
  let d = length ^ (seeds[3] ?? 0);
  for (let at = 0; at < whole; at += 8) {
    a ^= scramble(pair(text, at), 0x239b961b, 15, 0xab0e9789);
    a = (Math.imul(rotate(a, 19) + b, 5) + 0x561ccd1b) | 0;
    b ^= scramble(pair(text, at + 2), 0xab0e9789, 16, 0x38b34ae5);
    b = (Math.imul(rotate(b, 17) + c, 5) + 0x0bcaa747) | 0;
    c ^= scramble(pair(text, at + 4), 0x38b34ae5, 17, 0xa1e38b93);
    c = (Math.imul(rotate(c, 15) + d, 5) + 0x96cd1c35) | 0;
    d ^= scramble(pair(text, at + 6), 0xa1e38b93, 18, 0x239b961b);
    d = (Math.imul(rotate(d, 13) + a, 5) + 0x32ac3b17) | 0;
  }
  for (let at = whole; at < length; at++) {
    a = (Math.imul(rotate(a ^ scramble(text.charCodeAt(at), 0x239b961b, 15, 0xab0e9789), 19) + b, 5) + 0x561ccd1b) | 0;
    b = (rotate(b, 17) + a) | 0;
    c = (rotate(c, 15) ^ b) | 0;
    d = (rotate(d, 13) + c) | 0;
  }
  a = (a + b + c + d) | 0;
  b = (b + a) | 0;
  c = (c + a) | 0;
  d = (d + a) | 0;
  a = finish(a);
  b = finish(b);
  c = finish(c);
  d = finish(d);
  a = (a + b + c + d) | 0;
  words[0] = a;
  words[1] = b + a;
  words[2] = c + a;
  words[3] = d + a;
}

function pair(text: string, at: number): number {
  return text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16);
}

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}

function scramble(word: number, first: number, by: number, second: number): number {
  return Math.imul(rotate(Math.imul(word, first), by), second);
}

function finish(x: number): number {
  let h = x ^ (x >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

const pairs = Array.from({ length: 65536 }, (_, value) => value.toString(16).padStart(4, '0'));

function hex(index: number): string {
  const word = words[index] ?? 0;
  return (pairs[word >>> 16] ?? '') + (pairs[word & 0xffff] ?? '');
}
