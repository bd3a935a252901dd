import { css, html, type TemplateResult } from 'lit';
import type { FeedbackRow } from '../../shared/documents.js';
import { age, clip, localTime } from '../shared/format.js';
import { VirtualList } from '../shared/virtualList.js';
import { signalIcon, signalWords } from './signals.js';

export class FeedbackList extends VirtualList<FeedbackRow> {
  protected override readonly rowHeight = 44;

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
    `,
  ];

  protected override row(item: FeedbackRow): TemplateResult {
    const said = item.text ?? item.correction ?? item.label;
    return html`<vscode-icon name=${signalIcon(item)}></vscode-icon>
      <div>
        <div class="text">${said === null ? html`<span class="muted">${signalWords(item)}</span>` : clip(said, 200)}</div>
        <div class="meta muted">
          ${[item.prompt ?? 'unattributed', item.version ?? 'version unknown', ...(said === null ? [] : [signalWords(item)])].join(' · ')}
        </div>
      </div>
      <span class="age muted" title=${localTime(item.time)}>${age(item.time, Date.now())}</span>`;
  }
}

customElements.define('ratchet-feedback-list', FeedbackList);
