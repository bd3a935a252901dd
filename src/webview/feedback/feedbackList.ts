import { css, html, type PropertyValues, type TemplateResult } from 'lit';
import type { FeedbackRow } from '../../shared/documents.js';
import { age, clip, localTime } from '../shared/format.js';
import { VirtualList } from '../shared/virtualList.js';
import type { PagedRows } from './pagedRows.js';
import { signalIcon, signalWords } from './signals.js';

/** "2 min" must not stay "2 min" while somebody looks. */
const ageEveryMs = 60_000;

export class FeedbackList extends VirtualList<FeedbackRow> {
  static override properties = { ...VirtualList.properties, rows: { attribute: false }, revision: { type: Number } };

  declare rows: PagedRows<FeedbackRow> | null;
  /** Another number where `rows` holds something else. */
  declare revision: number;

  protected override readonly rowHeight = 44;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor() {
    super();
    this.rows = null;
    this.revision = 0;
  }

  static override styles = [
    ...VirtualList.styles,
    css`
      .row {
        height: 44px;
        padding-top: 4px;
        display: grid;
        grid-template-columns: 20px minmax(0, 1fr) auto;
        column-gap: 6px;
        align-items: start;
      }
      .text,
      .meta {
        white-space: nowrap;
        overflow: hidden;
        text-overflow: ellipsis;
        line-height: 18px;
      }
      .meta {
        font-size: 0.9em;
      }
      .age {
        white-space: nowrap;
        line-height: 18px;
      }
      .bar {
        height: 9px;
        margin-top: 6px;
        border-radius: 3px;
        background: var(--vscode-descriptionForeground);
        opacity: 0.25;
      }
      .bar.short {
        width: 40%;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.timer = setInterval(() => {
      this.requestUpdate();
    }, ageEveryMs);
  }

  override disconnectedCallback(): void {
    clearInterval(this.timer);
    super.disconnectedCallback();
  }

  protected override get rowCount(): number {
    return this.rows?.total ?? 0;
  }

  protected override itemAt(index: number): FeedbackRow | undefined {
    return this.rows?.at(index);
  }

  protected override shown(first: number, last: number): void {
    this.rows?.show(first, last);
  }

  /** Rows came in above the view: what somebody reads stays where it is. */
  hold(added: number): void {
    if (this.selected >= 0) this.selected += added;
    if (this.top > 0) this.moveTo(this.top + added * this.rowHeight);
  }

  protected override updated(changed?: PropertyValues): void {
    super.updated();
    if (changed?.has('rows') === true) this.moveTo(0);
  }

  protected override placeholder(): TemplateResult {
    return html`<span></span>
      <div>
        <div class="bar"></div>
        <div class="bar short"></div>
        <span class="hidden">Loading…</span>
      </div>`;
  }

  protected override row(item: FeedbackRow): TemplateResult {
    const said = item.text ?? item.correction ?? item.label;
    const words = signalWords(item);
    return html`<vscode-icon name=${signalIcon(item)} title=${words}></vscode-icon>
      <div>
        <div class="text">${said === null ? html`<span class="muted">${words}</span>` : clip(said, 200)}</div>
        <div class="meta muted">
          ${[item.prompt ?? 'unattributed', item.version ?? 'version unknown', ...(said === null ? [] : [words])].join(' · ')}
        </div>
      </div>
      <span class="age muted" title=${localTime(item.time)}>${age(item.time, Date.now())}</span>`;
  }
}

customElements.define('ratchet-feedback-list', FeedbackList);
