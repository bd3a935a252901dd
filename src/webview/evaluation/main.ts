import '@vscode-elements/elements/dist/vscode-icon/index.js';
import '@vscode-elements/elements/dist/vscode-textfield/index.js';
import '@vscode-elements/elements/dist/vscode-button/index.js';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { CaseResult } from '../../shared/evalDocument.js';
import { applyDelta, type EvalCaseDetail, type EvalView, type SuiteRunEntry } from '../../shared/evalView.js';
import type { FromEvaluationPage, ToEvaluationPage } from '../../shared/webviewProtocol.js';
import { connectHost, keepState, keptState } from '../shared/host.js';
import { base } from '../shared/styles.js';
import { caseDetail, type DetailActions } from './caseDetail.js';
import './caseList.js';
import type { CaseList } from './caseList.js';
import { historyChart } from './historyChart.js';
import { caseRows, columnName, compared, FILTERS, isPassed, matches, type CaseFilter, type CaseRow } from './rows.js';
import { pageStyles } from './styles.js';
import { summary } from './summary.js';

const FILTER_LABELS: Record<CaseFilter, string> = {
  all: 'All',
  fail: 'Failed',
  error: 'Errors',
  pass: 'Passed',
  regressed: 'Regressed',
  fixed: 'Fixed',
};

/** Outputs are searched by the host, once the person pauses. */
const searchPauseMs = 200;

class EvaluationPage extends LitElement {
  static override properties = {
    view: { state: true },
    stamp: { state: true },
    filter: { state: true },
    search: { state: true },
    selected: { state: true },
    detail: { state: true },
    detailMessage: { state: true },
    pair: { state: true },
    found: { state: true },
    message: { state: true },
  };
  static override styles = [base, pageStyles];

  declare view: EvalView | null;
  /** Goes up with each delta: the view itself is changed in place. */
  declare stamp: number;
  declare filter: CaseFilter;
  declare search: string;
  /** Id of the case whose detail is shown. */
  declare selected: string | null;
  declare detail: EvalCaseDetail | null;
  declare detailMessage: string | null;
  declare pair: [string, string] | null;
  declare found: ReadonlySet<number>;
  declare message: string;

  private suites: string[] = [];
  private history: SuiteRunEntry[] = [];
  private rows: CaseRow[] = [];
  private shown: CaseRow[] = [];
  private rerun: ReadonlySet<number> = new Set();
  private detailRequest = 0;
  /** What the detail was asked for: asked again only where another answer can be expected. */
  private detailKey = '';
  private searchRequest = 0;
  private searchTimer: number | undefined;
  private readonly send: (message: FromEvaluationPage) => void;
  private readonly actions: DetailActions = {
    copy: (text) => {
      this.send({ type: 'copy', text });
    },
    addToSuite: (result) => {
      this.addToSuite(result);
    },
    pair: (columns) => {
      this.pair = columns;
    },
  };

  constructor() {
    super();
    const kept = keptState();
    this.view = null;
    this.stamp = 0;
    this.filter = FILTERS.find((filter) => filter === kept['filter']) ?? 'all';
    this.search = typeof kept['search'] === 'string' ? kept['search'] : '';
    this.selected = typeof kept['selected'] === 'string' ? kept['selected'] : null;
    this.detail = null;
    this.detailMessage = null;
    this.pair = null;
    this.found = new Set();
    this.message = 'Reading results…';
    this.send = connectHost((message) => {
      this.receive(message as ToEvaluationPage);
    });
    // A tab that is shown anew asks for the suite that it showed.
    if (typeof kept['suite'] === 'string') this.send({ type: 'suite', suite: kept['suite'] });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('keydown', this.onKey);
  }

  override disconnectedCallback(): void {
    window.removeEventListener('keydown', this.onKey);
    super.disconnectedCallback();
  }

  override render(): TemplateResult {
    const { view } = this;
    if (view === null) {
      return html`<h1 class="hidden">Evaluation</h1>
        <p class="notice muted" role="status">${this.message}</p>`;
    }
    const { report } = view.head;
    const against = compared(view);
    const search = { text: this.search, found: this.found };
    this.shown = this.rows.filter((row) => matches(row, view.rows.status, this.filter, search, against));
    const index = this.shown.findIndex((row) => row.id === this.selected);
    const row = this.shown[index] ?? this.rows.find(({ id }) => id === this.selected);
    const names = report.columns.map(columnName);
    return html`
      <header>
        ${this.heading(view)}
        ${summary(report, view.rerun.length, ({ file, range, line }) => {
          this.send({ type: 'place', file: file ?? report.suite, start: range?.start ?? null, line: line ?? null });
        })}
        ${historyChart(this.history)} ${this.toolbar(view)}
        <p class="hidden" role="status">
          ${view.running ? 'Running' : 'Finished'}: ${String(report.stats.passed)} passed, ${String(report.stats.failed)} failed,
          ${String(report.stats.errored)} errors.
        </p>
      </header>
      <div class=${row === undefined ? 'body' : 'body split'}>
        <div class="matrix">
          ${
            report.columns.length > 1
              ? html`<div class="heads" aria-hidden="true">
                  <span>Case</span>${names.map((name) => html`<span title=${name}>${name}</span>`)}
                </div>`
              : nothing
          }
          ${
            this.shown.length === 0
              ? html`<p class="notice muted">${this.nothingShown(view)}</p>`
              : html`<ratchet-case-list
                  .items=${this.shown}
                  .status=${view.rows.status}
                  .columns=${names}
                  .against=${against}
                  .rerun=${this.rerun}
                  .selected=${index}
                  label="Cases"
                  @row-select=${(event: CustomEvent<number>) => {
                    this.choose(this.shown[event.detail]?.id ?? null);
                  }}
                ></ratchet-case-list>`
          }
        </div>
        ${row === undefined ? nothing : this.aside(view, row)}
      </div>
    `;
  }

  private nothingShown(view: EvalView): string {
    if (this.rows.length === 0) return view.running ? 'No answers yet.' : 'This run has no cases.';
    return 'No case matches this filter.';
  }

  private aside(view: EvalView, row: CaseRow): TemplateResult {
    const { report } = view.head;
    return html`<aside aria-label="Case detail">
      <div class="bar">
        <h2>${row.title}</h2>
        <span class="links">
          <button
            class="link"
            @click=${() => {
              this.send({ type: 'reveal', suite: report.suite, caseId: row.id });
            }}
          >
            Show in suite
          </button>
          <button
            class="link"
            ?disabled=${view.running}
            @click=${() => {
              this.send({ type: 'run', suite: report.suite, cases: [row.id] });
            }}
          >
            Run this case
          </button>
          <button class="icon" aria-label="Close detail" title="Close (Escape)" @click=${this.close}>
            <vscode-icon name="close"></vscode-icon>
          </button>
        </span>
      </div>
      ${
        this.detail === null
          ? html`<p class="muted" role="status">${this.detailMessage ?? 'Reading answers…'}</p>`
          : caseDetail(this.detail, report.columns, this.pair, this.actions)
      }
    </aside>`;
  }

  protected override updated(): void {
    // A style attribute would be refused by the page's policy; a property set by script is not.
    this.style.setProperty('--columns', String(Math.max(1, this.view?.head.report.columns.length ?? 1)));
    const { suite } = this.view?.head.report ?? {};
    if (suite !== undefined) keepState({ suite, filter: this.filter, search: this.search, selected: this.selected });
  }

  private heading({ head, running }: EvalView): TemplateResult {
    const { suite } = head.report;
    return html`<div class="bar">
        ${
          this.suites.length < 2
            ? html`<h1>${suite}</h1>`
            : html`<h1 class="hidden">${suite}</h1>
                <select
                  aria-label="Suite"
                  @change=${(event: Event) => {
                    this.send({ type: 'suite', suite: (event.target as HTMLSelectElement).value });
                  }}
                >
                  ${this.suites.map((item) => html`<option value=${item} ?selected=${item === suite}>${item}</option>`)}
                </select>`
        }
        ${
          running
            ? html`<span class="running"><vscode-icon name="loading" spin></vscode-icon> Running…</span>`
            : html`<span class="muted">${new Date(head.time).toLocaleString()}</span>`
        }
      </div>
      ${!head.complete && !running ? html`<p role="note">This run was stopped; what was done until then is shown.</p>` : nothing}`;
  }

  private toolbar(view: EvalView): TemplateResult {
    const { report, run } = view.head;
    const { suite } = report;
    const open = this.rows.filter((row) => !isPassed(row, view.rows.status)).map((row) => row.id);
    const filters = FILTERS.filter((filter) => report.baseline !== null || (filter !== 'regressed' && filter !== 'fixed'));
    return html`<div class="toolbar">
      <vscode-button
        ?disabled=${view.running}
        @click=${() => {
          this.send({ type: 'run', suite, cases: null });
        }}
        >Run Suite</vscode-button
      >
      <vscode-button
        secondary
        ?disabled=${view.running || open.length === 0}
        @click=${() => {
          this.send({ type: 'run', suite, cases: open });
        }}
        >Run ${String(open.length)} Not Passed</vscode-button
      >
      <vscode-button
        secondary
        ?disabled=${view.running}
        @click=${() => {
          this.send({ type: 'runWith', suite });
        }}
        >Run With…</vscode-button
      >
      <div class="tabs" role="group" aria-label="Filter cases">
        ${filters.map(
          (value) =>
            html`<button
              aria-pressed=${this.filter === value ? 'true' : 'false'}
              @click=${() => {
                this.filter = value;
              }}
            >
              ${FILTER_LABELS[value]}
            </button>`,
        )}
      </div>
      <vscode-textfield
        label="Search cases"
        type="search"
        placeholder="Search cases and outputs"
        .value=${this.search}
        @input=${(event: InputEvent) => {
          this.searchFor((event.target as HTMLInputElement).value);
        }}
      ></vscode-textfield>
      <span class="muted" role="status">${String(this.shown.length)} of ${String(this.rows.length)} cases</span>
      <button
        class="link"
        title="Next case that did not pass (N; Shift+N goes back)"
        ?disabled=${open.length === 0}
        @click=${() => {
          this.step(1);
        }}
      >
        Next not passed
      </button>
      <select
        aria-label="Copy or export"
        @change=${(event: Event) => {
          const select = event.target as HTMLSelectElement;
          const [format, to] = select.value.split(' ');
          select.value = '';
          if ((format === 'csv' || format === 'markdown') && (to === 'file' || to === 'clipboard'))
            this.send({ type: 'export', suite, run, format, to });
        }}
      >
        <option value="" selected>Export…</option>
        <option value="markdown clipboard">Copy as Markdown</option>
        <option value="csv clipboard">Copy as CSV</option>
        <option value="markdown file">Save as Markdown…</option>
        <option value="csv file">Save as CSV…</option>
      </select>
    </div>`;
  }

  private receive(message: ToEvaluationPage): void {
    switch (message.type) {
      case 'empty':
        this.view = null;
        this.message = message.message;
        return;
      case 'view': {
        const other = this.view !== null && this.view.head.report.suite !== message.view.head.report.suite;
        this.suites = message.suites;
        this.history = message.history;
        this.view = message.view;
        if (message.view.head.report.baseline === null && (this.filter === 'regressed' || this.filter === 'fixed')) this.filter = 'all';
        if (other) this.choose(null);
        this.refreshRows();
        if (this.search !== '') this.searchFor(this.search);
        return;
      }
      case 'delta':
        if (this.view === null || !applyDelta(this.view, message.delta)) return;
        this.refreshRows();
        return;
      case 'detail':
        if (message.request !== this.detailRequest) return;
        this.detail = message.detail;
        this.detailMessage = message.message;
        return;
      case 'found':
        if (message.request === this.searchRequest) this.found = new Set(message.cells);
    }
  }

  private refreshRows(): void {
    if (this.view === null) return;
    this.rows = caseRows(this.view);
    this.rerun = new Set(this.view.rerun);
    this.stamp++;
    this.askDetail();
  }

  private choose(id: string | null): void {
    if (id !== this.selected) {
      this.detail = null;
      this.detailMessage = null;
      this.detailKey = '';
    }
    this.selected = id;
    this.askDetail();
  }

  /** Asks for the answers of the selected case, where they are not here or may be others now. */
  private askDetail(): void {
    const row = this.rows.find(({ id }) => id === this.selected);
    if (this.view === null || row === undefined) return;
    const { run, report } = this.view.head;
    const cells = row.cells.flat();
    const verdicts = cells.map((cell) => this.view?.rows.status[cell] ?? '').join('');
    const key = `${run} ${row.id} ${cells.join(',')} ${verdicts}`;
    if (key === this.detailKey || cells.length === 0) return;
    this.detailKey = key;
    this.detailRequest++;
    this.send({ type: 'detail', request: this.detailRequest, suite: report.suite, run, cells: cells.slice(0, 200) });
  }

  private searchFor(text: string): void {
    this.search = text;
    this.searchRequest++;
    this.found = new Set();
    clearTimeout(this.searchTimer);
    if (text.trim().length < 2 || this.view === null) return;
    const { run, report } = this.view.head;
    const request = this.searchRequest;
    this.searchTimer = window.setTimeout(() => {
      this.send({ type: 'search', request, suite: report.suite, run, text: text.slice(0, 1000) });
    }, searchPauseMs);
  }

  /** To the next case in the list that did not pass, round its end; `-1` goes back. */
  private step(direction: 1 | -1): void {
    const status = this.view?.rows.status ?? '';
    const count = this.shown.length;
    const from = this.shown.findIndex((row) => row.id === this.selected);
    for (let offset = 1; offset <= count; offset++) {
      const index = ((((from === -1 && direction === -1 ? 0 : from) + direction * offset) % count) + count) % count;
      const row = this.shown[index];
      if (row === undefined || isPassed(row, status)) continue;
      this.choose(row.id);
      this.list?.reveal(index);
      return;
    }
  }

  private get list(): CaseList | null {
    return this.renderRoot.querySelector<CaseList>('ratchet-case-list');
  }

  private readonly close = (): void => {
    this.choose(null);
    void this.updateComplete.then(() => {
      this.list?.focusList();
    });
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && this.selected !== null) {
      event.preventDefault();
      this.close();
      return;
    }
    const [target] = event.composedPath();
    const isTyping = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey || event.key.toLowerCase() !== 'n') return;
    event.preventDefault();
    this.step(event.shiftKey ? -1 : 1);
  };

  private addToSuite(result: CaseResult): void {
    const { detail, view } = this;
    const row = this.rows.find(({ id }) => id === result.id);
    const place = detail?.results.indexOf(result) ?? -1;
    const cell = row?.cells.flat()[place];
    if (view !== null && cell !== undefined) this.send({ type: 'addToSuite', suite: view.head.report.suite, run: view.head.run, cell });
  }
}

customElements.define('ratchet-evaluation-page', EvaluationPage);
