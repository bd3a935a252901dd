/** Times as machines write them, straight from bytes. */
import { parseTime } from '../time.js';
import { unusual } from './byteCursor.js';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

const firstYear = 1970;
const lastYear = 2199;
const monthLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const months = (lastYear - firstYear + 1) * 12;
/** Of each month since 1970: its first day, counted from 1970, and how many it has. */
const starts = new Int32Array(months);
const lengths = new Int32Array(months);
for (let month = 0, day = 0; month < months; month++) {
  const year = firstYear + Math.floor(month / 12);
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  starts[month] = day;
  lengths[month] = (monthLengths[month % 12] ?? 0) + (isLeap && month % 12 === 1 ? 1 : 0);
  day += lengths[month] ?? 0;
}

/** ms. What is no time is unusual. */
export function isoTime(b: Uint8Array, from: number, to: number): number {
  const time = parseTime(decoder.decode(b.subarray(from, to)));
  if (time === null) throw unusual;
  return time;
}

/**
 * Puts ms of `YYYY-MM-DDTHH:MM:SS.mmmZ`, as `parseTime` reads it, there; false: it is something else, which that one may know. Reads 24 bytes, six words: each is
 * compared with what it ought to be with zeros for digits, which leaves the digits, and nothing where a sign stands. Adding 0x76 to a
 * byte sets its highest bit from 10 on, 0x7f from 1 on.
 */
export function machineTimeInto(numbers: Float64Array, slot: number, view: DataView, at: number): boolean {
  const y = view.getInt32(at, true) ^ 0x30303030;
  const m = view.getInt32(at + 4, true) ^ 0x2d30302d;
  const d = view.getInt32(at + 8, true) ^ 0x30543030;
  const h = view.getInt32(at + 12, true) ^ 0x30303a30;
  const s = view.getInt32(at + 16, true) ^ 0x2e30303a;
  const z = view.getInt32(at + 20, true) ^ 0x5a303030;
  const wrong =
    (y + 0x76767676) | y | (m + 0x7f76767f) | m | (d + 0x767f7676) | d | (h + 0x76767f76) | h | (s + 0x7f76767f) | s | (z + 0x7f767676) | z;
  if ((wrong & 0x80808080) !== 0) return false;
  const year = (y & 15) * 1000 + ((y >>> 8) & 15) * 100 + ((y >>> 16) & 15) * 10 + (y >>> 24);
  const month = ((m >>> 8) & 15) * 10 + ((m >>> 16) & 15);
  const day = (d & 15) * 10 + ((d >>> 8) & 15);
  const hour = (d >>> 24) * 10 + (h & 15);
  const minute = ((h >>> 16) & 15) * 10 + (h >>> 24);
  const second = ((s >>> 8) & 15) * 10 + ((s >>> 16) & 15);
  const ms = (z & 15) * 100 + ((z >>> 8) & 15) * 10 + ((z >>> 16) & 15);
  if (year < firstYear || year > lastYear || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return false;
  const which = (year - firstYear) * 12 + month - 1;
  if (day < 1 || day > (lengths[which] ?? 0)) return false;
  numbers[slot] = ((starts[which] ?? 0) + day - 1) * 86_400_000 + (((hour * 60 + minute) * 60 + second) * 1000 + ms);
  return true;
}
