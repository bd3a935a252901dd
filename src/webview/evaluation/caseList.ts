import { css, html, type TemplateResult } from 'lit';
import { clip } from '../shared/format.js';
import { VirtualList } from '../shared/virtualList.js';
import { cellStatus, cellText, STATUS_ICON, type CaseRow } from './rows.js';

export class CaseList extends VirtualList<CaseRow> {
  protected override readonly rowHeight = 28;

  static override styles = [
    ...VirtualList.styles,
    css`
      .row {
        height: 28px;
        display: grid;
        grid-template-columns: minmax(0, 1fr) repeat(var(--columns, 1), minmax(0, 150px));
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
    `,
  ];

  protected override row(item: CaseRow): TemplateResult {
    return html`<span class="title" title=${item.title}>${clip(item.title, 200)}</span>${item.results.map((results) => {
        const status = cellStatus(results);
        return html`<span class="cell"
          >${status === null ? '' : html`<vscode-icon class=${status} name=${STATUS_ICON[status]}></vscode-icon>`}${cellText(results)}</span
        >`;
      })}`;
  }
}

customElements.define('ratchet-case-list', CaseList);
