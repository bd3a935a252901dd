import { html, nothing, type TemplateResult } from 'lit';
import type { SuiteReport } from '../../shared/evalDocument.js';
import { percentEstimate, plural } from '../shared/format.js';
import { columnName } from './rows.js';

/** Pass rate per column with its interval, what the run cost, and what is wrong with the suite itself. */
export function summary(report: SuiteReport): TemplateResult {
  const { stats, baseline } = report;
  const facts = [
    plural(stats.cases, 'answer', 'answers'),
    `${String(stats.passed)} passed`,
    `${String(stats.failed)} failed`,
    stats.errored > 0 ? `${plural(stats.errored, 'error', 'errors')} (left out of the rate)` : '',
    stats.notEvaluated > 0 ? `${plural(stats.notEvaluated, 'assertion', 'assertions')} not evaluated` : '',
    stats.cached > 0 ? `${String(stats.cached)} from the cache` : '',
    `${stats.seconds.toFixed(1)} s`,
    stats.cost === null ? '' : `cost ${stats.cost.toFixed(4)}`,
  ].filter((fact) => fact !== '');
  return html`
    <table>
      <caption class="hidden">
        Pass rates by column with 95 % intervals
      </caption>
      <thead>
        <tr>
          <th scope="col">Column</th>
          <th scope="col">Pass rate, 95 % interval</th>
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
            </tr>`,
        )}
      </tbody>
    </table>
    <p class="muted">${facts.join(' · ')}</p>
    ${
      baseline === null
        ? nothing
        : html`<p>
            Against ${baseline.ref}: ${verdict(baseline.verdict)}, change ${baseline.delta.toFixed(2)}
            ${baseline.lo === null || baseline.hi === null ? '(too few cases for an interval)' : `[${baseline.lo.toFixed(2)}, ${baseline.hi.toFixed(2)}]`},
            p = ${baseline.p.toFixed(3)}; ${plural(baseline.regressed.length, 'case', 'cases')} regressed, ${String(baseline.fixed.length)}
            fixed.
          </p>`
    }
    ${
      report.health.length === 0
        ? nothing
        : html`<ul class="health" aria-label="Health of the suite">
            ${report.health.map((item) => html`<li><vscode-icon name="info"></vscode-icon> <span>${item.message}</span></li>`)}
          </ul>`
    }
  `;
}

function verdict(value: 'better' | 'worse' | 'no-evidence'): string {
  return value === 'no-evidence' ? 'no evidence of a difference' : value;
}
