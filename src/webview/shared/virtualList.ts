import { css, html, LitElement, type PropertyValues, type TemplateResult } from 'lit';
import { base } from './styles.js';

const OVERSCAN = 6;

/**
 * A list box of rows of one height that keeps only the visible ones in the page.
 * Keyboard as in VS Code's own lists: arrows, Page Up/Down, Home, End move; Enter opens; focus stays on the list.
 * Fires `row-select` and `row-open` with the index, and `near-end` when more rows would be welcome.
 */
export abstract class VirtualList<T> extends LitElement {
  static override properties = {
    items: { attribute: false },
    selected: { type: Number },
    label: { type: String },
    total: { type: Number },
    first: { state: true },
    height: { state: true },
  };

  declare items: readonly T[];
  declare selected: number;
  declare label: string;
  declare total: number;
  declare first: number;
  declare height: number;

  /** Pixels; the page's style sheet must agree. */
  protected abstract readonly rowHeight: number;
  /** The row's text is its accessible name: whatever an icon says, a word must say as well. */
  protected abstract row(item: T, index: number): TemplateResult;

  private observer: ResizeObserver | null = null;

  constructor() {
    super();
    this.items = [];
    this.selected = -1;
    this.label = '';
    this.total = 0;
    this.first = 0;
    this.height = 400;
  }

  static override styles = [
    base,
    css`
      :host {
        overflow-y: auto;
        position: relative;
      }
      .rows {
        position: absolute;
        left: 0;
        right: 0;
        top: 0;
      }
      .row {
        overflow: hidden;
        cursor: pointer;
        padding: 0 12px;
      }
      .row:hover {
        background: var(--vscode-list-hoverBackground);
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
      .box:focus .row[aria-selected='true'] .muted {
        color: inherit;
      }
      .box {
        position: relative;
        min-height: 100%;
      }
      .box:focus-visible {
        outline-offset: -1px;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener('scroll', this.onScroll, { passive: true });
    this.observer = new ResizeObserver(() => {
      this.height = this.clientHeight;
    });
    this.observer.observe(this);
  }

  override disconnectedCallback(): void {
    this.removeEventListener('scroll', this.onScroll);
    this.observer?.disconnect();
    super.disconnectedCallback();
  }

  override render(): TemplateResult {
    const last = Math.min(this.items.length, this.first + Math.ceil(this.height / this.rowHeight) + 2 * OVERSCAN);
    const visible = this.items.slice(this.first, last);
    const active = this.selected >= this.first && this.selected < last ? `row-${String(this.selected)}` : '';
    return html`<div
      class="box"
      role="listbox"
      tabindex="0"
      aria-label=${this.label}
      aria-activedescendant=${active}
      @keydown=${this.onKey}
    >
      <div class="rows">
        ${visible.map((item, offset) => {
          const index = this.first + offset;
          return html`<div
            class="row"
            id="row-${index}"
            role="option"
            aria-selected=${index === this.selected ? 'true' : 'false'}
            aria-posinset=${index + 1}
            aria-setsize=${Math.max(this.total, this.items.length)}
            @click=${() => {
              this.open(index);
            }}
          >
            ${this.row(item, index)}
          </div>`;
        })}
      </div>
    </div>`;
  }

  protected override updated(changed: PropertyValues): void {
    const box = this.renderRoot.querySelector<HTMLElement>('.box');
    const rows = this.renderRoot.querySelector<HTMLElement>('.rows');
    if (box !== null) box.style.height = `${String(this.items.length * this.rowHeight)}px`;
    if (rows !== null) rows.style.transform = `translateY(${String(this.first * this.rowHeight)}px)`;
    if (changed.has('items') && this.first >= this.items.length && this.first > 0) {
      this.scrollTop = 0;
      this.first = 0;
    }
  }

  private readonly onScroll = (): void => {
    this.first = Math.max(0, Math.floor(this.scrollTop / this.rowHeight) - OVERSCAN);
    const bottom = this.scrollTop + this.clientHeight;
    if (bottom > (this.items.length - 20) * this.rowHeight) this.dispatchEvent(new CustomEvent('near-end'));
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(this.clientHeight / this.rowHeight) - 1);
    const moves: Record<string, number> = {
      ArrowDown: this.selected + 1,
      ArrowUp: this.selected - 1,
      PageDown: this.selected + page,
      PageUp: this.selected - page,
      Home: 0,
      End: this.items.length - 1,
    };
    if (event.key === 'Enter' && this.selected >= 0) {
      this.open(this.selected);
      event.preventDefault();
      return;
    }
    const target = moves[event.key];
    if (target === undefined || this.items.length === 0) return;
    event.preventDefault();
    this.select(Math.min(this.items.length - 1, Math.max(0, target)));
  };

  private select(index: number): void {
    this.selected = index;
    const top = index * this.rowHeight;
    if (top < this.scrollTop) this.scrollTop = top;
    else if (top + this.rowHeight > this.scrollTop + this.clientHeight) this.scrollTop = top + this.rowHeight - this.clientHeight;
    this.dispatchEvent(new CustomEvent('row-select', { detail: index }));
  }

  private open(index: number): void {
    this.select(index);
    this.dispatchEvent(new CustomEvent('row-open', { detail: index }));
  }
}
