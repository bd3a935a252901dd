/** One mark of a complaint: what it says, and the line at whose end a note would stand. */
export interface Mark {
  message: string;
  line: number;
  lineLength: number;
}

/** Which marks carry a note: one for each complaint, at its shortest line, where it can be read without scrolling; one on a line. */
export function notedMarks(marks: readonly Mark[]): Set<number> {
  const lines = new Set<number>();
  const noted = new Set<number>();
  for (const message of new Set(marks.map((mark) => mark.message))) {
    const [best] = marks
      .map((mark, index) => ({ ...mark, index }))
      .filter((mark) => mark.message === message && !lines.has(mark.line))
      .sort((a, b) => a.lineLength - b.lineLength || a.index - b.index);
    if (best === undefined) continue;
    lines.add(best.line);
    noted.add(best.index);
  }
  return noted;
}
