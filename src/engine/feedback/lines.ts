/** Lines of a byte stream with their offsets. Memory is bound by the longest line that is allowed, whatever the file's size. */

export const maxLineBytes = 16 * 1024 * 1024;

export interface Line {
  /** Byte offset of its first byte and number of bytes, without the line end. */
  offset: number;
  length: number;
  /** `null`: over `maxLineBytes`. Without `\r` and byte order mark. */
  text: string | null;
  /** False for a last line without a line end. */
  complete: boolean;
}

const newline = 0x0a;

/** `start` is the offset of the stream's first byte. Empty lines are returned too: they count as lines. */
export async function* splitLines(stream: AsyncIterable<Uint8Array>, start: number): AsyncGenerator<Line[]> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let lineStart = start;
  let pending: Uint8Array[] = [];
  let pendingLength = 0;
  const take = (last: Uint8Array, complete: boolean): Line => {
    const length = pendingLength + last.length;
    let text: string | null = null;
    if (length <= maxLineBytes) {
      text = decoder.decode(pendingLength === 0 ? last : concat([...pending, last], length));
      if (text.endsWith('\r')) text = text.slice(0, -1);
      if (lineStart === 0 && text.startsWith('\uFEFF')) text = text.slice(1);
    }
    const line = { offset: lineStart, length, text, complete };
    lineStart += length + 1;
    pending = [];
    pendingLength = 0;
    return line;
  };
  for await (const chunk of stream) {
    const lines: Line[] = [];
    let from = 0;
    for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, from)) {
      lines.push(take(chunk.subarray(from, at), true));
      from = at + 1;
    }
    const rest = chunk.subarray(from);
    // Of a line that is too long only the length matters.
    if (pendingLength + rest.length <= maxLineBytes) pending.push(rest.slice());
    else pending = [];
    pendingLength += rest.length;
    if (lines.length > 0) yield lines;
  }
  if (pendingLength > 0) yield [take(new Uint8Array(0), false)];
}

function concat(parts: Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
