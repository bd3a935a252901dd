/** A quick look at all bytes of a line. */

const control = { found: false };

/** 32-bit hash of bytes; `hasControl` says afterwards whether one of them is under 0x20. */
export function digestOf(bytes: Uint8Array, view: DataView, from: number, to: number): number {
  let hash = to - from;
  // The high bit of each byte that is under 0x20.
  let low = 0;
  let at = from;
  for (const end = to - 15; at < end; at += 16) {
    const a = view.getInt32(at, true);
    const b = view.getInt32(at + 4, true);
    const c = view.getInt32(at + 8, true);
    const d = view.getInt32(at + 12, true);
    low |= ((a - 0x20202020) & ~a) | ((b - 0x20202020) & ~b) | ((c - 0x20202020) & ~c) | ((d - 0x20202020) & ~d);
    hash = (Math.imul(hash, 0x9e3779b1) + (a ^ ((b << 9) | (b >>> 23)))) | 0;
    hash = (Math.imul(hash, 0x85ebca6b) + (c ^ ((d << 9) | (d >>> 23)))) | 0;
  }
  low &= 0x80808080;
  for (; at < to; at++) {
    const byte = bytes[at] ?? 0;
    hash = (Math.imul(hash, 0x9e3779b1) + byte) | 0;
    if (byte < 0x20) low = 1;
  }
  control.found = low !== 0;
  return hash;
}

/** Of the bytes that were looked at last. */
export function hasControl(): boolean {
  return control.found;
}
