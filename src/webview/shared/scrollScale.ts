/**
 * Between what a browser can scroll and how tall the rows would be: above some 33 million pixels an element is cut off, and from 16 million
 * on positions lose precision. Up to `maxHeight` one pixel is one pixel; above it the scroll bar stands for the whole and moves in proportion.
 */
export interface ScrollScale {
  /** Pixels that all rows would take. */
  readonly content: number;
  /** Height of the element that is scrolled. */
  readonly box: number;
  readonly scaled: boolean;
  /** Pixels of rows above the view, for a position of the scroll bar, and back. */
  toTop(scrollTop: number): number;
  toScroll(top: number): number;
  /** The nearest possible place. */
  clamp(top: number): number;
}

export const maxHeight = 15_000_000;

export function scrollScale(rows: number, rowHeight: number, viewport: number, limit = maxHeight): ScrollScale {
  const content = rows * rowHeight;
  const box = Math.min(content, limit);
  const last = Math.max(0, content - viewport);
  const range = Math.max(0, box - viewport);
  const ratio = range === 0 ? 1 : last / range;
  const clamp = (top: number): number => Math.min(last, Math.max(0, top));
  return {
    content,
    box,
    scaled: content > box,
    toTop: (scrollTop) => clamp(scrollTop * ratio),
    toScroll: (top) => clamp(top) / ratio,
    clamp,
  };
}
