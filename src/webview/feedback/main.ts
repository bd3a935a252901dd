import '@vscode-elements/elements/dist/vscode-icon/index.js';
import '@vscode-elements/elements/dist/vscode-textfield/index.js';
import '@vscode-elements/elements/dist/vscode-checkbox/index.js';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { FeedbackDetail, FeedbackRow } from '../../shared/documents.js';
import type { FeedbackListParams } from '../../shared/protocol.js';
import type { FromFeedbackPage, ToFeedbackPage } from '../../shared/webviewProtocol.js';
import { connectHost } from '../shared/host.js';
import { plural } from '../shared/format.js';
import { base } from '../shared/styles.js';
import { detailView } from './detail.js';
import './feedbackList.js';
import { filterBar } from './filterBar.js';
import { pageStyles } from './styles.js';

type State = Extract<ToFeedbackPage, { type: 'state' }>;

const PAGE_SIZE = 200;

class FeedbackPage extends LitElement {
  static override properties = {
    state: { state: true },
    filter: { state: true },
    rows: { state: true },
    total: { state: true },
    detail: { state: true },
    failure: { state: true },
    loading: { state: true },
  };
  static override styles = [base, pageStyles];

  declare state: State | null;
  declare filter: FeedbackListParams;
  declare rows: FeedbackRow[];
  declare total: number;
  declare detail: FeedbackDetail | null;
  declare failure: string | null;
  declare loading: boolean;

  private cursor: string | null = null;
  private request = 0;
  private readonly send: (message: FromFeedbackPage) => void;
  private searchTimer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.state = null;
    this.filter = {};
    this.rows = [];
    this.total = 0;
    this.detail = null;
    this.failure = null;
    this.loading = true;
    this.send = connectHost((message) => {
      this.receive(message as ToFeedbackPage);
    });
  }

  override render(): TemplateResult {
    if (this.state === null)
      return html`<h1 class="hidden">Feedback</h1>
        <p class="notice muted" role="status">Reading feedback…</p>`;
    if (this.state.error !== null) return html`<p class="notice" role="alert">${this.state.error}</p>`;
    if (this.state.sources === 0) return this.welcome();
    return html`
      <h1 class="hidden">Feedback</h1>
      ${filterBar(this.state, this.filter, (change, wait) => {
        this.changeFilter(change, wait);
      })}
      <p class="count muted" role="status">${this.countLine()}</p>
      <ratchet-feedback-list
        .items=${this.rows}
        .total=${this.total}
        label="Feedback"
        @near-end=${this.more}
        @row-open=${(event: CustomEvent<number>) => {
          const row = this.rows[event.detail];
          if (row !== undefined) this.send({ type: 'open', id: row.id });
        }}
      ></ratchet-feedback-list>
      ${this.detail === null ? nothing : this.detailPane(this.detail)}
    `;
  }

  private welcome(): TemplateResult {
    return html`<div class="notice">
      <p>No feedback is connected yet. Prompt Ratchet reads your application's log where it is; nothing leaves this machine.</p>
      <button
        class="link"
        @click=${() => {
          this.send({ type: 'connect' });
        }}
      >
        Connect a feedback source…
      </button>
    </div>`;
  }

  private detailPane(detail: FeedbackDetail): TemplateResult {
    return html`<section class="detail" aria-label="Feedback detail" @keydown=${this.onDetailKey}>
      <div class="bar">
        <h2>Detail</h2>
        <button class="link" aria-label="Close detail" @click=${this.closeDetail}><vscode-icon name="close"></vscode-icon></button>
      </div>
      ${detailView(detail, (text) => {
        this.send({ type: 'copy', text });
      })}
    </section>`;
  }

  private countLine(): string {
    if (this.failure !== null) return this.failure;
    if (this.loading && this.rows.length === 0) return 'Reading feedback…';
    if (this.total === 0) {
      return Object.keys(this.filter).length === 0
        ? 'The connected sources hold no feedback yet.'
        : 'Nothing matches. Clear a filter to see more.';
    }
    return plural(this.total, 'signal', 'signals');
  }

  private receive(message: ToFeedbackPage): void {
    switch (message.type) {
      case 'state':
        this.state = message;
        this.filter = message.filter;
        if (message.error === null && message.sources > 0) this.query();
        return;
      case 'page':
        if (message.request !== this.request) return;
        this.loading = false;
        this.failure = null;
        this.rows = message.append ? [...this.rows, ...message.document.rows] : message.document.rows;
        this.total = message.document.total;
        this.cursor = message.document.nextCursor;
        return;
      case 'failed':
        if (message.request !== this.request) return;
        this.loading = false;
        this.failure = message.message;
        return;
      case 'detail':
        this.detail = message.detail;
    }
  }

  private query(cursor?: string): void {
    this.request += 1;
    this.loading = true;
    const filter = { ...this.filter, limit: PAGE_SIZE };
    this.send({ type: 'query', request: this.request, filter: cursor === undefined ? filter : { ...filter, cursor } });
  }

  private readonly more = (): void => {
    if (this.loading || this.cursor === null) return;
    this.query(this.cursor);
  };

  private changeFilter(change: FeedbackListParams, wait: boolean): void {
    this.filter = change;
    clearTimeout(this.searchTimer);
    // Typing waits for a pause, so that each letter is not a query of its own.
    this.searchTimer = setTimeout(
      () => {
        this.query();
      },
      wait ? 200 : 0,
    );
  }

  private readonly closeDetail = (): void => {
    this.detail = null;
    this.renderRoot.querySelector('ratchet-feedback-list')?.shadowRoot?.querySelector<HTMLElement>('[role=listbox]')?.focus();
  };

  private readonly onDetailKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') this.closeDetail();
  };
}

customElements.define('ratchet-feedback-page', FeedbackPage);
