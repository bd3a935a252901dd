import '@vscode-elements/elements/dist/vscode-icon/index.js';
import '@vscode-elements/elements/dist/vscode-textfield/index.js';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { FeedbackRow } from '../../shared/documents.js';
import type { FeedbackDetailView } from '../../shared/protocol.js';
import type { FromFeedbackPage, SourceNotice, ToFeedbackPage, ViewFilter } from '../../shared/webviewProtocol.js';
import { connectHost } from '../shared/host.js';
import { plural } from '../shared/format.js';
import { base } from '../shared/styles.js';
import { detailView } from './detail.js';
import './feedbackList.js';
import type { FeedbackList } from './feedbackList.js';
import { filterBar } from './filterBar.js';
import { toQuery } from './filters.js';
import { link, notices } from './notices.js';
import { PagedRows } from './pagedRows.js';
import { broken, noFeedback, noMatch, reading, welcome } from './states.js';
import { pageStyles } from './styles.js';

type State = Extract<ToFeedbackPage, { type: 'state' }>;

const PAGE_SIZE = 100;
const TYPING_MS = 200;

class FeedbackPage extends LitElement {
  static override properties = {
    state: { state: true },
    filter: { state: true },
    revision: { state: true },
    detail: { state: true },
    opened: { state: true },
    failure: { state: true },
    showFilters: { state: true },
  };
  static override styles = [base, pageStyles];

  declare state: State | null;
  declare filter: ViewFilter;
  /** Grows with each change of the rows. */
  declare revision: number;
  declare detail: FeedbackDetailView | null;
  /** Id of what was opened; its detail may be on its way. */
  declare opened: string | null;
  declare failure: string | null;
  declare showFilters: boolean;

  private rows: PagedRows<FeedbackRow>;
  private readonly send: (message: FromFeedbackPage) => void;
  /** Sources that the present rows are without. */
  private unasked: SourceNotice[] = [];
  /** The filter of the present rows, which lags behind while somebody types. */
  private listed: ViewFilter = {};
  private request = 0;
  private typing: ReturnType<typeof setTimeout> | undefined;
  /** `now` of the present list: its last 24 hours stay the same while it is scrolled. */
  private now = Date.now();

  constructor() {
    super();
    this.state = null;
    this.filter = {};
    this.revision = 0;
    this.detail = null;
    this.opened = null;
    this.failure = null;
    this.showFilters = false;
    this.rows = this.newRows();
    this.send = connectHost((message) => {
      this.receive(message as ToFeedbackPage);
    });
  }

  private newRows(): PagedRows<FeedbackRow> {
    return new PagedRows<FeedbackRow>({
      pageSize: PAGE_SIZE,
      ask: (offset, limit) => {
        this.request++;
        this.send({ type: 'query', request: this.request, filter: { ...toQuery(this.filter, this.now), offset, limit } });
        return this.request;
      },
      cancel: (request) => {
        this.send({ type: 'cancel', request });
      },
    });
  }

  override render(): TemplateResult {
    const { state } = this;
    if (state === null) return reading();
    if (state.error !== null) return broken(state.error, this.does('log'));
    if (state.sources === 0) return welcome(this.does('connect'));
    return html`
      <h1 class="hidden">Feedback</h1>
      ${filterBar({
        choices: state.choices,
        filter: this.filter,
        open: this.showFilters,
        toggle: () => {
          this.showFilters = !this.showFilters;
        },
        change: (filter, wait = false) => {
          this.changeFilter(filter, wait);
        },
      })}
      ${notices({
        failing: [...state.failing, ...this.unasked.filter(({ name }) => !state.failing.some((each) => each.name === name))],
        waiting: state.waiting,
        test: (source) => {
          this.send({ type: 'test', source });
        },
        log: () => {
          this.send({ type: 'log' });
        },
        trust: () => {
          this.send({ type: 'trust' });
        },
      })}
      <p class="count muted" role="status">
        ${this.countLine()}
        ${
          this.failure === null
            ? nothing
            : link('Try Again', () => {
                this.failure = null;
                this.rows.refresh();
              })
        }
      </p>
      <div class=${this.opened === null ? 'panes' : 'panes two'}>${this.list()} ${this.detailPane()}</div>
    `;
  }

  private list(): TemplateResult {
    if (this.rows.total === 0) {
      const clear = (): void => {
        this.changeFilter({}, false);
      };
      return Object.keys(this.listed).length === 0 ? noFeedback() : noMatch(this.filter, clear);
    }
    return html`<ratchet-feedback-list
      .rows=${this.rows}
      .revision=${this.revision}
      label="Feedback"
      @row-open=${(event: CustomEvent<number>) => {
        this.open(event.detail);
      }}
    ></ratchet-feedback-list>`;
  }

  private does(type: 'connect' | 'log'): () => void {
    return () => {
      this.send({ type });
    };
  }

  private detailPane(): TemplateResult | typeof nothing {
    const { detail, opened } = this;
    if (opened === null) return nothing;
    return html`<section class="detail" aria-label="Feedback detail" tabindex="-1" @keydown=${this.onDetailKey}>
      ${
        detail?.row.id !== opened
          ? html`<p class="muted" role="status">Reading…</p>`
          : detailView(detail, {
              copy: (text) => {
                this.send({ type: 'copy', text });
              },
              close: this.closeDetail,
              addToSuite: () => {
                this.send({ type: 'addToSuite', id: opened });
              },
              openSource: () => {
                this.send({ type: 'openSource', id: opened });
              },
              showLine: () => {
                this.send({ type: 'showLine', id: opened });
              },
            })
      }
    </section>`;
  }

  private countLine(): string {
    if (this.failure !== null) return this.failure;
    const { total } = this.rows;
    if (total === null) return 'Reading feedback…';
    if (Object.keys(this.listed).length === 0) return plural(total, 'signal', 'signals');
    return total === 0 ? 'Nothing matches' : plural(total, 'signal matches', 'signals match');
  }

  private receive(message: ToFeedbackPage): void {
    switch (message.type) {
      case 'state': {
        // What somebody chose here may not have reached the host yet.
        const adopts = this.state?.asked !== message.asked;
        const begins = this.rows.total === null;
        this.state = message;
        if (adopts) {
          this.filter = message.filter;
          this.opened = null;
          this.detail = null;
        }
        this.now = Date.now();
        if (message.error !== null || message.sources === 0) return;
        if (adopts || begins) this.restart();
        else this.rows.refresh();
        return;
      }
      case 'choices':
        if (this.state !== null) this.state = { ...this.state, choices: message.choices };
        return;
      case 'sources': {
        if (this.state === null) return;
        const { sources, failing, waiting } = message;
        const first = this.state.sources === 0 && sources > 0;
        this.state = { ...this.state, sources, failing, waiting };
        if (first) this.restart();
        return;
      }
      case 'page':
        this.take(message);
        return;
      case 'failed':
        if (!this.rows.fail(message.request)) return;
        this.failure = message.message;
        return;
      case 'detail':
        if (message.id !== this.opened) return;
        this.detail = message.detail;
        if (message.detail === null) {
          this.failure = 'That feedback is not there any more.';
          this.opened = null;
        }
    }
  }

  private take({ request, document }: Extract<ToFeedbackPage, { type: 'page' }>): void {
    const before = this.rows.total;
    if (!this.rows.take(request, document.rows, document.total)) return;
    this.failure = null;
    this.unasked = (document.failed ?? []).map(({ source, message }) => ({ name: source, message }));
    this.revision++;
    // Newest first: what is new stands above.
    if (before !== null && document.total > before) this.listElement?.hold(document.total - before);
  }

  /** Another list from its beginning. */
  private restart(): void {
    this.rows.stop();
    this.rows = this.newRows();
    this.listed = this.filter;
    this.failure = null;
    const { listElement } = this;
    if (listElement !== null) listElement.selected = -1;
    this.rows.refresh();
    this.revision++;
  }

  private changeFilter(filter: ViewFilter, wait: boolean): void {
    this.filter = filter;
    clearTimeout(this.typing);
    // Typing waits for a pause, so that each letter is not a query of its own.
    this.typing = setTimeout(
      () => {
        this.now = Date.now();
        this.send({ type: 'filter', filter });
        this.restart();
      },
      wait ? TYPING_MS : 0,
    );
  }

  private open(index: number): void {
    const row = this.rows.at(index);
    if (row === undefined) return;
    this.opened = row.id;
    this.send({ type: 'open', id: row.id });
  }

  private get listElement(): FeedbackList | null {
    return this.renderRoot.querySelector<FeedbackList>('ratchet-feedback-list');
  }

  private readonly closeDetail = (): void => {
    this.opened = null;
    this.detail = null;
    this.listElement?.shadowRoot?.querySelector<HTMLElement>('[role=listbox]')?.focus();
  };

  private readonly onDetailKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') this.closeDetail();
  };
}

customElements.define('ratchet-feedback-page', FeedbackPage);
