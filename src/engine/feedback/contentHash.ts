/**
 * 128 bits of a text as 32 hex digits, for the ids of records that have none. Four lanes of 32 bits over pairs of UTF-16 units, mixed as in
 * MurmurHash3 (x86, 128 bit; its constants). Not for security: it runs for every record of a log, where SHA-256 takes ten times as long as parsing.
 */
export function contentHash(text: string): string {
  const { length } = text;
  const whole = length - (length % 8);
  let a = length;
  let b = length;
  let c = length;
  let d = length;
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
  return hex(a) + hex((b + a) | 0) + hex((c + a) | 0) + hex((d + a) | 0);
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

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
