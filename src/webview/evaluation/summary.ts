import { html, nothing, type TemplateResult } from 'lit';
import type { EvalComparison, Health, SuiteReport } from '../../shared/evalDocument.js';
import { percentEstimate, plural } from '../shared/format.js';
import { columnName } from './rows.js';

/** Pass rate per column with its interval, what the run cost, and what is wrong with the suite itself. */
export function summary(report: SuiteReport, rerun: number, onPlace: (health: Health) => void): TemplateResult {
  const { stats, baseline } = report;
  const facts = [
    plural(stats.cases, 'answer', 'answers'),
    `${String(stats.passed)} passed`,
    `${String(stats.failed)} failed`,
    stats.errored > 0 ? `${plural(stats.errored, 'error', 'errors')} (left out of the rate)` : '',
    stats.notEvaluated > 0 ? `${plural(stats.notEvaluated, 'assertion', 'assertions')} not evaluated` : '',
    stats.cached > 0 ? `${String(stats.cached)} from the cache` : '',
    rerun > 0 ? `${plural(rerun, 'answer', 'answers')} run again later than the others` : '',
    `${stats.seconds.toFixed(1)} s`,
    stats.cost === null ? '' : `cost ${stats.cost.toFixed(4)}`,
  ].filter((fact) => fact !== '');
  const isCompared = report.columns.some((column) => column.baseline !== undefined);
  return html`
    <table>
      <caption class="hidden">
        Pass rates by column with 95 % intervals
      </caption>
      <thead>
        <tr>
          <th scope="col">Column</th>
          <th scope="col">Pass rate, 95 % interval</th>
          ${isCompared ? html`<th scope="col">Against ${baseline?.ref ?? 'the baseline'}</th>` : nothing}
        </tr>
      </thead>
      <tbody>
        ${report.columns.map(
          (column) =>
            html`<tr>
              <th scope="row">${columnName(column)}</th>
              <td>
                ${column.passRate === null ? (stats.errored > 0 ? 'nothing could be evaluated' : 'nothing evaluated yet') : percentEstimate(column.passRate)}
              </td>
              ${isCompared ? html`<td>${column.baseline === undefined ? '' : comparison(column.baseline)}</td>` : nothing}
            </tr>`,
        )}
      </tbody>
    </table>
    <p class="muted">${facts.join(' · ')}</p>
    ${
      baseline === null
        ? nothing
        : html`<p>
            Against ${baseline.ref}: ${comparison(baseline)}; ${plural(baseline.regressed.length, 'case', 'cases')} regressed,
            ${String(baseline.fixed.length)} fixed. ${baseline.notes?.join(' ') ?? nothing}
          </p>`
    }
    ${report.notCompared?.map((sentence) => html`<p role="note">${sentence}</p>`)}
    ${report.health.length === 0 ? nothing : health(report.health, onPlace)}
  `;
}

function health(list: readonly Health[], onPlace: (health: Health) => void): TemplateResult {
  return html`<details class="findings" ?open=${list.length <= 2}>
    <summary>${plural(list.length, 'finding', 'findings')} about the suite itself</summary>
    <ul class="health" aria-label="Health of the suite">
      ${list.map(
        (item) =>
          html`<li>
            <vscode-icon name=${item.severity === 'error' ? 'error' : 'info'}></vscode-icon>
            <span
              >${item.severity === 'error' ? html`<strong>Error:</strong> ` : nothing}${item.message}
              ${
                item.range === undefined && item.line === undefined
                  ? nothing
                  : html`<button
                      class="link"
                      aria-label=${`Go to its place: ${item.message}`}
                      @click=${() => {
                        onPlace(item);
                      }}
                    >
                      Go to its place
                    </button>`
              }</span
            >
          </li>`,
      )}
    </ul>
  </details>`;
}

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${String(Math.abs(Math.round(value * 100)))}`;

/** `worse: −12 points [−20, −4], p = 0.004`. Too few pairs have no interval, and that is said. */
function comparison({ verdict, delta, lo, hi, p, pairs }: EvalComparison): string {
  const word = verdict === 'no-evidence' ? 'no evidence of a difference' : verdict;
  const interval = lo === null || hi === null ? 'too few pairs for an interval' : `[${signed(lo)}, ${signed(hi)}], p = ${p.toFixed(3)}`;
  return `${word}: ${signed(delta)} points ${interval}${pairs === undefined ? '' : ` (${plural(pairs, 'pair', 'pairs')})`}`;
}
