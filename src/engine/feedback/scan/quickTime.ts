/** Times as machines write them, straight from bytes. */
import { parseTime } from '../time.js';
import { unusual } from './jsonCursor.js';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

let lastDay = 0;
let lastDayMs = NaN;

/** ms. `YYYY-MM-DDTHH:MM:SS.mmmZ` of days up to the 28th quickly, else by `parseTime`; what is no time is unusual. */
export function isoTime(b: Uint8Array, from: number, to: number): number {
  if (to - from === 24 && b[from + 10] === 0x54 && b[from + 23] === 0x5a) {
    const quick = machineTime(b, from);
    if (quick >= 0) return quick;
  }
  const time = parseTime(decoder.decode(b.subarray(from, to)));
  if (time === null) throw unusual;
  return time;
}

/** -1: not of that shape. */
function machineTime(b: Uint8Array, at: number): number {
  if (b[at + 4] !== 0x2d || b[at + 7] !== 0x2d || b[at + 13] !== 0x3a || b[at + 16] !== 0x3a || b[at + 19] !== 0x2e) return -1;
  const century = two(b, at);
  const year = two(b, at + 2);
  const month = two(b, at + 5);
  const day = two(b, at + 8);
  const hour = two(b, at + 11);
  const minute = two(b, at + 14);
  const second = two(b, at + 17);
  const ten = two(b, at + 20);
  const last = (b[at + 22] ?? 0) - 0x30;
  if ((century | year | month | day | hour | minute | second | ten | last) < 0 || last > 9) return -1;
  const full = century * 100 + year;
  if (full < 1970 || full > 2199 || month < 1 || month > 12 || day < 1 || day > 28) return -1;
  if (hour > 23 || minute > 59 || second > 59) return -1;
  const date = (full * 12 + month) * 32 + day;
  if (date !== lastDay) {
    lastDay = date;
    lastDayMs = Date.UTC(full, month - 1, day);
  }
  return lastDayMs + ((hour * 60 + minute) * 60 + second) * 1000 + ten * 10 + last;
}

/** Two digits; negative for anything else. */
function two(b: Uint8Array, at: number): number {
  const high = (b[at] ?? 0) - 0x30;
  const low = (b[at + 1] ?? 0) - 0x30;
  return high < 0 || high > 9 || low < 0 || low > 9 ? -1 : high * 10 + low;
}
