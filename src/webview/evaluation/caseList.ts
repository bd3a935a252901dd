import { css, html, nothing, type TemplateResult } from 'lit';
import { clip } from '../shared/format.js';
import { VirtualList } from '../shared/virtualList.js';
import { cellStatus, cellText, STATUS_ICON, type CaseRow, type Compared } from './rows.js';

export class CaseList extends VirtualList<CaseRow> {
  static override properties = {
    ...VirtualList.properties,
    status: { attribute: false },
    columns: { attribute: false },
    against: { attribute: false },
    rerun: { attribute: false },
  };

  /** One letter a cell of the report. */
  declare status: string;
  /** Names of the columns: heads stand outside of the list, so each cell says its own. */
  declare columns: readonly string[];
  declare against: Compared | null;
  /** Cells that were run again later than the others. */
  declare rerun: ReadonlySet<number>;

  protected override readonly rowHeight = 28;

  constructor() {
    super();
    this.status = '';
    this.columns = [];
    this.against = null;
    this.rerun = new Set();
  }

  static override styles = [
    ...VirtualList.styles,
    css`
      .row {
        height: 28px;
        display: grid;
        grid-template-columns: minmax(80px, 1fr) repeat(var(--columns, 1), minmax(0, 150px));
        column-gap: 12px;
        align-items: center;
      }
      .title,
      .cell {
        white-space: nowrap;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      .cell {
        display: flex;
        gap: 4px;
        align-items: center;
      }
      .row[aria-selected='true'] vscode-icon {
        color: inherit;
      }
    `,
  ];

  protected override row(item: CaseRow): TemplateResult {
    const change = this.against?.regressed.has(item.id) === true ? 'regressed' : this.against?.fixed.has(item.id) === true ? 'fixed' : null;
    return html`<span class="title" title=${item.title}
        >${change === null ? nothing : html`<strong>${change === 'regressed' ? 'Regressed' : 'Fixed'}:</strong> `}${clip(item.title, 200)}</span
      >${item.cells.map((cells, index) => {
        const status = cellStatus(cells, this.status);
        const again = cells.some((cell) => this.rerun.has(cell));
        return html`<span class="cell"
          >${
            this.columns.length > 1 ? html`<span class="hidden">${this.columns[index]}:</span>` : nothing
          }${status === null ? nothing : html`<vscode-icon class=${status} name=${STATUS_ICON[status]}></vscode-icon>`}<span
            >${cellText(cells, this.status)}${again ? ' · again' : ''}</span
          ></span
        >`;
      })}`;
  }
}

customElements.define('ratchet-case-list', CaseList);
