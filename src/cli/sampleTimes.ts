/** Moves the sample's log to the present: a trend of the last seven days is empty on a log that ends a year ago. */

export interface SampleFile {
  /** Workspace path. */
  path: string;
  text: string;
}

const timestamp = /\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
const dayMs = 86_400_000;

/**
 * All times in `logs/` and `.ratchet/` shifted by one and the same whole number of days, so that the latest record of the
 * logs lies within the 24 hours before `now`. Hours of the day and distances stay; other files are returned as they are.
 */
export function shiftSampleTimes(files: readonly SampleFile[], now: Date): SampleFile[] {
  const logs = files.filter((file) => file.path.startsWith('logs/'));
  let latest = -Infinity;
  for (const { text } of logs) for (const [time] of text.matchAll(timestamp)) latest = Math.max(latest, Date.parse(time));
  if (!Number.isFinite(latest)) return [...files];
  const shift = Math.floor((now.getTime() - latest) / dayMs) * dayMs;
  const moved = (time: string): string => {
    const iso = new Date(Date.parse(time) + shift).toISOString();
    return time.includes('.') ? iso : iso.replace(/\.\d+Z$/, 'Z');
  };
  return files.map((file) =>
    file.path.startsWith('logs/') || file.path.startsWith('.ratchet/') ? { ...file, text: file.text.replace(timestamp, moved) } : file,
  );
}
