import { css, html, LitElement, type PropertyValues, type TemplateResult } from 'lit';
import { scrollScale, type ScrollScale } from './scrollScale.js';
import { base } from './styles.js';

const OVERSCAN = 4;

/**
 * A list box of rows of one height, any number of them, that keeps only the visible ones in the page. The scroll bar is true to the whole.
 * The rows stick to the view while it scrolls, so that nothing is ever blank until they are drawn anew.
 * Keyboard as in VS Code's own lists: arrows, Page Up/Down, Home, End move; Enter and Space open; focus stays on the list.
 * Fires `row-select` and `row-open` with the index.
 */
export abstract class VirtualList<T> extends LitElement {
  static override properties = {
    items: { attribute: false },
    selected: { type: Number },
    label: { type: String },
    top: { state: true },
    height: { state: true },
  };

  declare items: readonly T[];
  declare selected: number;
  declare label: string;
  /** Pixels of rows above the view. */
  declare top: number;
  declare height: number;

  /** Pixels; the page's style sheet must agree. */
  protected abstract readonly rowHeight: number;
  /** The row's text is its accessible name: whatever an icon says, a word must say as well. */
  protected abstract row(item: T, index: number): TemplateResult;

  private observer: ResizeObserver | null = null;
  /** Where we put the scroll bar last: an event from there is our own. */
  private placed = 0;
  /** The place is ours and the scroll bar has to follow; else it is the other way round. */
  private moved = false;
  private count = 0;

  constructor() {
    super();
    this.items = [];
    this.selected = -1;
    this.label = '';
    this.top = 0;
    this.height = 400;
  }

  static override styles = [
    base,
    css`
      :host {
        overflow-y: auto;
        position: relative;
        contain: content;
      }
      .box {
        position: relative;
        min-height: 100%;
      }
      .view {
        position: sticky;
        top: 0;
        overflow: hidden;
      }
      .row {
        overflow: hidden;
        cursor: pointer;
        padding: 0 12px;
      }
      .row:hover {
        background: var(--vscode-list-hoverBackground);
        color: var(--vscode-list-hoverForeground, inherit);
        outline: 1px dashed var(--vscode-contrastActiveBorder, transparent);
        outline-offset: -1px;
      }
      .row[aria-selected='true'] {
        background: var(--vscode-list-inactiveSelectionBackground);
        color: var(--vscode-list-inactiveSelectionForeground, inherit);
        outline: 1px dotted var(--vscode-contrastActiveBorder, transparent);
        outline-offset: -1px;
      }
      .box:focus .row[aria-selected='true'] {
        background: var(--vscode-list-activeSelectionBackground);
        color: var(--vscode-list-activeSelectionForeground);
      }
      .row[aria-selected='true'] .muted {
        color: inherit;
      }
      .box:focus-visible {
        outline-offset: -1px;
      }
    `,
  ];

  protected get rowCount(): number {
    return this.items.length;
  }

  protected itemAt(index: number): T | undefined {
    return this.items[index];
  }

  /** What stands where a row is not here yet. */
  protected placeholder(): TemplateResult {
    return html`<span class="hidden">Loading…</span>`;
  }

  /** Rows from `first` up to, not including, `last` are in view. */
  protected shown(_first: number, _last: number): void {
    // For lists that fetch their rows.
  }

  private get scale(): ScrollScale {
    return scrollScale(this.rowCount, this.rowHeight, this.height);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener('scroll', this.onScroll, { passive: true });
    this.addEventListener('wheel', this.onWheel, { passive: false });
    this.observer = new ResizeObserver(() => {
      this.height = this.clientHeight;
    });
    this.observer.observe(this);
  }

  override disconnectedCallback(): void {
    this.removeEventListener('scroll', this.onScroll);
    this.removeEventListener('wheel', this.onWheel);
    this.observer?.disconnect();
    super.disconnectedCallback();
  }

  override render(): TemplateResult {
    const { first, last } = this.range();
    const indexes = Array.from({ length: Math.max(0, last - first) }, (_, offset) => first + offset);
    const active = this.selected >= first && this.selected < last ? `row-${String(this.selected)}` : '';
    return html`<div
      class="box"
      role="listbox"
      tabindex="0"
      aria-label=${this.label}
      aria-activedescendant=${active}
      @keydown=${this.onKey}
    >
      <div class="view">
        <div class="rows">${indexes.map((index) => this.option(index))}</div>
      </div>
    </div>`;
  }

  private option(index: number): TemplateResult {
    const item = this.itemAt(index);
    return html`<div
      class=${item === undefined ? 'row waiting' : 'row'}
      id="row-${index}"
      role="option"
      aria-selected=${index === this.selected ? 'true' : 'false'}
      aria-posinset=${index + 1}
      aria-setsize=${this.rowCount}
      @click=${() => {
        this.open(index);
      }}
    >
      ${item === undefined ? this.placeholder() : this.row(item, index)}
    </div>`;
  }

  private range(): { first: number; last: number } {
    const first = Math.max(0, Math.floor(this.top / this.rowHeight) - OVERSCAN);
    const last = Math.min(this.rowCount, Math.ceil((this.top + this.height) / this.rowHeight) + OVERSCAN);
    return { first, last };
  }

  protected override willUpdate(_changed: PropertyValues): void {
    const top = this.scale.clamp(this.top);
    if (top !== this.top || this.count !== this.rowCount) this.moved = true;
    this.top = top;
    this.count = this.rowCount;
    const { first, last } = this.range();
    this.shown(first, last);
  }

  protected override updated(): void {
    const { scale } = this;
    const { first } = this.range();
    const style = (selector: string): CSSStyleDeclaration | undefined => this.renderRoot.querySelector<HTMLElement>(selector)?.style;
    const [box, view, rows] = [style('.box'), style('.view'), style('.rows')];
    if (box !== undefined) box.height = `${String(scale.box)}px`;
    if (view !== undefined) view.height = `${String(Math.min(this.height, Math.max(scale.box, 1)))}px`;
    if (rows !== undefined) rows.transform = `translateY(${String(first * this.rowHeight - this.top)}px)`;
    if (!this.moved) return;
    this.moved = false;
    this.scrollTop = scale.toScroll(this.top);
    this.placed = this.scrollTop;
  }

  /** Brings a place of the rows to the top of the view. */
  moveTo(top: number): void {
    this.moved = true;
    this.top = this.scale.clamp(top);
  }

  /** Selects a row without telling, and brings it into view. */
  reveal(index: number): void {
    this.selected = index;
    this.bringIntoView(index);
  }

  focusList(): void {
    this.renderRoot.querySelector<HTMLElement>('.box')?.focus();
  }

  private bringIntoView(index: number): void {
    const top = index * this.rowHeight;
    if (top < this.top) this.moveTo(top);
    else if (top + this.rowHeight > this.top + this.height) this.moveTo(top + this.rowHeight - this.height);
  }

  private readonly onScroll = (): void => {
    if (Math.abs(this.scrollTop - this.placed) < 1) return;
    this.placed = this.scrollTop;
    this.top = this.scale.toTop(this.scrollTop);
  };

  /** Where the scroll bar is in proportion, the wheel still moves by as many pixels as elsewhere. */
  private readonly onWheel = (event: WheelEvent): void => {
    if (!this.scale.scaled || event.ctrlKey || event.deltaY === 0) return;
    event.preventDefault();
    const unit =
      event.deltaMode === WheelEvent.DOM_DELTA_LINE ? this.rowHeight : event.deltaMode === WheelEvent.DOM_DELTA_PAGE ? this.height : 1;
    this.moveTo(this.top + event.deltaY * unit);
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(this.clientHeight / this.rowHeight) - 1);
    const last = this.rowCount - 1;
    const moves: Record<string, number> = {
      ArrowDown: this.selected + 1,
      ArrowUp: this.selected - 1,
      PageDown: this.selected + page,
      PageUp: this.selected - page,
      Home: 0,
      End: last,
    };
    if ((event.key === 'Enter' || event.key === ' ') && this.selected >= 0) {
      this.open(this.selected);
      event.preventDefault();
      return;
    }
    const target = moves[event.key];
    if (target === undefined || last < 0) return;
    event.preventDefault();
    this.select(Math.min(last, Math.max(0, target)));
  };

  private select(index: number): void {
    this.reveal(index);
    this.dispatchEvent(new CustomEvent('row-select', { detail: index }));
  }

  private open(index: number): void {
    this.select(index);
    this.dispatchEvent(new CustomEvent('row-open', { detail: index }));
  }
}
