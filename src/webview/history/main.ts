import '@vscode-elements/elements/dist/vscode-icon/index.js';
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { HistoryEntry, PromptSegments } from '../../shared/protocol.js';
import type { FromHistoryPage, ToHistoryPage } from '../../shared/webviewProtocol.js';
import { changeWords, methodWords, segmentWords, targetingWords } from '../../shared/words.js';
import { estimate, localTime, plural } from '../shared/format.js';
import { connectHost } from '../shared/host.js';
import { base } from '../shared/styles.js';
import { chartData, drawChart } from './chart.js';
import { pageStyles } from './styles.js';

const WHY: Record<HistoryEntry['why'], string> = {
  suggestion: 'Suggestion',
  edit: 'Edit',
  rollback: 'Rollback',
  initial: 'First version',
};

type History = Extract<ToHistoryPage, { type: 'history' }>;

class HistoryPage extends LitElement {
  static override properties = { history: { state: true }, segments: { state: true } };
  static override styles = [base, pageStyles];

  declare history: History | null;
  declare segments: PromptSegments | null;

  private removeChart: (() => void) | null = null;
  private readonly send: (message: FromHistoryPage) => void;

  constructor() {
    super();
    this.history = null;
    this.segments = null;
    this.send = connectHost((raw) => {
      const message = raw as ToHistoryPage;
      if (message.type === 'segments') this.segments = message.segments;
      else this.history = message;
    });
  }

  override render(): TemplateResult {
    const { history } = this;
    if (history === null) return html`<p class="muted" role="status">Reading versions…</p>`;
    if (history.entries.length === 0) {
      return html`<h1>${history.prompt}</h1>
        <p>This prompt has no version yet. The first one is kept when you accept a suggestion.</p>`;
    }
    const newest = [...history.entries].reverse();
    const charted = chartData(history.entries).series.map((line) => line.version);
    return html`
      <h1>${history.prompt}</h1>
      ${
        charted.length === 0
          ? html`<p class="muted">No version has enough feedback over time for a chart yet.</p>`
          : html`<p class="muted">
                Weekly score with its 95 % interval: ${charted.join(', ')}. The threshold is ${history.threshold.toFixed(2)}.
              </p>
              <div class="chart" aria-hidden="true"></div>
              ${weekly(history.entries)}`
      }
      ${this.findings(history)}
      <table>
        <caption class="hidden">
          Versions, newest first
        </caption>
        <thead>
          <tr>
            <th scope="col">Version</th>
            <th scope="col">Why</th>
            <th scope="col">When</th>
            <th scope="col">Author</th>
            <th scope="col">Score, 95 % interval</th>
            <th scope="col">Users</th>
            <th scope="col">Commit</th>
            <th scope="col"><span class="hidden">Actions</span></th>
          </tr>
        </thead>
        <tbody>
          ${newest.map((entry) => this.line(entry, history.current))}
        </tbody>
      </table>
    `;
  }

  protected override updated(_changed: PropertyValues): void {
    this.removeChart?.();
    this.removeChart = null;
    const target = this.renderRoot.querySelector<HTMLElement>('.chart');
    if (target === null || this.history === null) return;
    this.removeChart = drawChart(target, this.history.entries, Math.max(280, Math.min(900, target.clientWidth)));
  }

  /** Warnings and proposals: what a person would otherwise have to look for in the figures. */
  private findings({ entries, current }: History): TemplateResult | typeof nothing {
    const now = entries.find(({ version }) => version === current)?.score ?? null;
    const method = methodWords(now?.method);
    const lines: { icon: string; text: string }[] = [
      ...(now?.change == null
        ? []
        : [
            {
              icon: now.change.direction === 'down' ? 'warning' : 'arrow-up',
              text: `Quality of ${current ?? 'it'} ${changeWords(now.change)}.`,
            },
          ]),
      ...(method === null ? [] : [{ icon: 'info', text: `The score of ${current ?? 'it'} is made of ${method}.` }]),
      ...(this.segments?.worse ?? []).map((segment) => ({ icon: 'warning', text: `Worse off than the rest: ${segmentWords(segment)}.` })),
      ...(this.segments?.targeting ?? []).map((found) => ({ icon: 'lightbulb', text: `${targetingWords(found)}.` })),
    ];
    if (lines.length === 0) return nothing;
    return html`<ul class="findings" aria-label="Findings">
      ${lines.map(({ icon, text }) => html`<li><vscode-icon name=${icon}></vscode-icon> <span>${text}</span></li>`)}
    </ul>`;
  }

  private line(entry: HistoryEntry, current: string | null): TemplateResult {
    const value = entry.score?.score ?? null;
    const enough = value !== null && entry.score?.status !== 'insufficient';
    return html`<tr aria-current=${entry.version === current ? 'true' : 'false'}>
      <th scope="row">
        ${entry.version}${entry.version === current ? html` <span class="tag">in the file</span>` : nothing}
        ${entry.pointers.map((pointer) => html` <span class="tag">${pointer}</span>`)}
      </th>
      <td>${WHY[entry.why]}</td>
      <td>${localTime(entry.time)}</td>
      <td>${authorName(entry.author)}</td>
      <td>${enough ? estimate(value) : html`<span class="muted">${value === null ? 'no feedback' : 'not enough feedback yet'}</span>`}</td>
      <td>${value === null ? '' : plural(value.users, 'user', 'users')}</td>
      <td>${entry.commit === null ? html`<span class="muted">not committed</span>` : html`<code>${entry.commit.slice(0, 9)}</code>`}</td>
      <td class="actions">
        ${
          entry.parent === null
            ? nothing
            : html`<button
                class="link"
                aria-label="Diff of ${entry.version} against ${entry.parent}"
                @click=${() => {
                  this.send({ type: 'diff', version: entry.version, against: entry.parent });
                }}
              >
                Diff
              </button>`
        }
        ${
          entry.version === current
            ? nothing
            : html`<button
                class="link"
                aria-label="Restore… ${entry.version}"
                @click=${() => {
                  this.send({ type: 'restore', version: entry.version });
                }}
              >
                Restore…
              </button>`
        }
      </td>
    </tr>`;
  }
}

/** The chart's figures for those who cannot see it, or want to copy them. */
function weekly(entries: HistoryEntry[]): TemplateResult {
  const points = entries.flatMap((entry) =>
    (entry.score?.trend ?? []).flatMap(({ mean, lo, hi, to, users }) =>
      mean === null || lo === null || hi === null ? [] : [{ version: entry.version, to, users, text: estimate({ mean, lo, hi }) }],
    ),
  );
  return html`<details>
    <summary>Weekly figures</summary>
    <table>
      <thead>
        <tr>
          <th scope="col">Version</th>
          <th scope="col">Week until</th>
          <th scope="col">Score, 95 % interval</th>
          <th scope="col">Users</th>
        </tr>
      </thead>
      <tbody>
        ${points.map(
          (point) =>
            html`<tr>
              <th scope="row">${point.version}</th>
              <td>${localTime(point.to)}</td>
              <td>${point.text}</td>
              <td>${String(point.users)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </details>`;
}

/** Git's author without the address: it helps nobody in a table. */
function authorName(author: string | null): string {
  return author?.replace(/\s*<[^>]*>\s*$/, '') ?? 'unknown';
}

customElements.define('ratchet-history-page', HistoryPage);
