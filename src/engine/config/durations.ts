/** Lengths of time as config.yaml writes them: `15m`, `24h`, `7d`, `2w`. */

const units: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Milliseconds; `null` for anything but a whole number over 0 and one unit of s, m, h, d, w, and for more than 100 years. */
export function parseDuration(text: string): number | null {
  const match = /^\s*(\d{1,9})\s*([smhdw])\s*$/u.exec(text);
  const ms = Number(match?.[1] ?? 0) * (units[match?.[2] ?? ''] ?? 0);
  return ms > 0 && ms <= 36_525 * 86_400_000 ? ms : null;
}
