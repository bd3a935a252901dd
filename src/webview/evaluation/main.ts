import '@vscode-elements/elements/dist/vscode-icon/index.js';
import '@vscode-elements/elements/dist/vscode-textfield/index.js';
import '@vscode-elements/elements/dist/vscode-button/index.js';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { EvalDocument, SuiteReport } from '../../shared/evalDocument.js';
import type { FromEvaluationPage, ToEvaluationPage } from '../../shared/webviewProtocol.js';
import { connectHost } from '../shared/host.js';
import { base } from '../shared/styles.js';
import { caseDetail } from './caseDetail.js';
import './caseList.js';
import { caseRows, columnName, matches, type CaseFilter, type CaseRow } from './rows.js';
import { pageStyles } from './styles.js';
import { summary } from './summary.js';

const FILTERS: [CaseFilter, string][] = [
  ['all', 'All'],
  ['fail', 'Failed'],
  ['error', 'Errors'],
  ['pass', 'Passed'],
];

class EvaluationPage extends LitElement {
  static override properties = {
    document: { state: true },
    running: { state: true },
    suite: { state: true },
    filter: { state: true },
    search: { state: true },
    selected: { state: true },
    message: { state: true },
  };
  static override styles = [base, pageStyles];

  declare document: EvalDocument | null;
  declare running: boolean;
  declare suite: string | null;
  declare filter: CaseFilter;
  declare search: string;
  declare selected: string | null;
  declare message: string;

  private rows: CaseRow[] = [];
  private readonly send: (message: FromEvaluationPage) => void;

  constructor() {
    super();
    this.document = null;
    this.running = false;
    this.suite = null;
    this.filter = 'all';
    this.search = '';
    this.selected = null;
    this.message = 'Reading results…';
    this.send = connectHost((message) => {
      this.receive(message as ToEvaluationPage);
    });
  }

  override render(): TemplateResult {
    const report = this.report();
    if (report === null) return html`<p class="notice muted" role="status">${this.message}</p>`;
    const shown = this.rows.filter((row) => matches(row, this.filter, this.search));
    const detail = this.rows.find((row) => row.id === this.selected);
    return html`
      <header>
        ${this.heading(report)} ${summary(report)} ${this.toolbar(report, shown)}
        <p class="hidden" role="status">
          ${this.running ? 'Running' : 'Finished'}: ${String(report.stats.passed)} passed, ${String(report.stats.failed)} failed,
          ${String(report.stats.errored)} errors.
        </p>
      </header>
      <div class="body">
        <div class="matrix">
          ${
            report.columns.length > 1
              ? html`<div class="heads" aria-hidden="true">
                  <span>Case</span>${report.columns.map((column) => html`<span title=${columnName(column)}>${columnName(column)}</span>`)}
                </div>`
              : nothing
          }
          ${
            shown.length === 0
              ? html`<p class="notice muted">${this.running ? 'No answers yet.' : 'No case matches this filter.'}</p>`
              : html`<ratchet-case-list
                  .items=${shown}
                  label="Cases"
                  @row-select=${(event: CustomEvent<number>) => {
                    this.selected = shown[event.detail]?.id ?? null;
                  }}
                ></ratchet-case-list>`
          }
        </div>
        ${
          detail === undefined
            ? nothing
            : html`<aside aria-label="Case detail">
                <div class="bar">
                  <h2>${detail.title}</h2>
                  <button
                    class="link"
                    @click=${() => {
                      this.send({ type: 'reveal', suite: report.suite, caseId: detail.id });
                    }}
                  >
                    Show in suite
                  </button>
                </div>
                ${caseDetail(detail, report.columns, (text) => {
                  this.send({ type: 'copy', text });
                })}
              </aside>`
        }
      </div>
    `;
  }

  protected override updated(): void {
    // A style attribute would be refused by the page's policy; a property set by script is not.
    this.style.setProperty('--columns', String(Math.max(1, this.report()?.columns.length ?? 1)));
  }

  private heading(report: SuiteReport): TemplateResult {
    const suites = this.document?.suites ?? [];
    const partial = this.document?.complete === false && !this.running;
    return html`<div class="bar">
        ${
          suites.length < 2
            ? html`<h1>${report.suite}</h1>`
            : html`<select
                aria-label="Suite"
                @change=${(event: Event) => {
                  this.suite = (event.target as HTMLSelectElement).value;
                  this.refreshRows();
                }}
              >
                ${suites.map((item) => html`<option value=${item.suite} ?selected=${item.suite === report.suite}>${item.suite}</option>`)}
              </select>`
        }
        ${this.running ? html`<span class="running"><vscode-icon name="loading" spin></vscode-icon> Running…</span>` : nothing}
      </div>
      ${partial ? html`<p role="note">This run was stopped; what was done until then is shown.</p>` : nothing}`;
  }

  private toolbar(report: SuiteReport, shown: CaseRow[]): TemplateResult {
    const failed = this.rows.filter((row) => row.results.flat().some((result) => result.status !== 'pass')).map((row) => row.id);
    return html`<div class="toolbar">
      <vscode-button
        ?disabled=${this.running}
        @click=${() => {
          this.send({ type: 'run', suite: report.suite, cases: null });
        }}
        >Run Suite</vscode-button
      >
      <vscode-button
        secondary
        ?disabled=${this.running || failed.length === 0}
        @click=${() => {
          this.send({ type: 'run', suite: report.suite, cases: failed });
        }}
        >Run ${String(failed.length)} Not Passed</vscode-button
      >
      <div class="tabs" role="group" aria-label="Filter cases">
        ${FILTERS.map(
          ([value, label]) =>
            html`<button
              aria-pressed=${this.filter === value ? 'true' : 'false'}
              @click=${() => {
                this.filter = value;
              }}
            >
              ${label}
            </button>`,
        )}
      </div>
      <vscode-textfield
        label="Search cases"
        type="search"
        placeholder="Search cases and outputs"
        .value=${this.search}
        @input=${(event: InputEvent) => {
          this.search = (event.target as HTMLInputElement).value;
        }}
      ></vscode-textfield>
      <span class="muted" role="status">${String(shown.length)} of ${String(this.rows.length)} cases</span>
    </div>`;
  }

  private receive(message: ToEvaluationPage): void {
    if (message.type === 'empty') {
      this.document = null;
      this.message = message.message;
      return;
    }
    this.document = message.document;
    this.running = message.running;
    this.refreshRows();
  }

  private report(): SuiteReport | null {
    const suites = this.document?.suites ?? [];
    return suites.find((item) => item.suite === this.suite) ?? suites[0] ?? null;
  }

  private refreshRows(): void {
    const report = this.report();
    this.rows = report === null ? [] : caseRows(report);
  }
}

customElements.define('ratchet-evaluation-page', EvaluationPage);
