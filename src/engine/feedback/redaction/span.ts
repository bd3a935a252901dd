/** A piece of a text, in UTF-16 units; `end` is not part of it. */
export interface Span {
  start: number;
  end: number;
}
