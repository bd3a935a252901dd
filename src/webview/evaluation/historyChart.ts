import { html, nothing, svg, type TemplateResult } from 'lit';
import type { SuiteRunEntry } from '../../shared/evalView.js';
import { localTime, percentEstimate } from '../shared/format.js';

const width = 320;
const height = 72;
const margin = 6;
const mostPoints = 60;

/** Pass rate of the suite's last whole runs with its interval, a line for each column; the table says the same. */
export function historyChart(runs: readonly SuiteRunEntry[]): TemplateResult | typeof nothing {
  if (runs.length < 2) return nothing;
  const shown = runs.slice(-mostPoints);
  const names = [...new Set(shown.flatMap(({ columns }) => columns.map(nameOf)))];
  const x = (index: number): number => margin + (index / (shown.length - 1)) * (width - 2 * margin);
  const y = (rate: number): number => height - margin - rate * (height - 2 * margin);
  return html`<details class="history">
    <summary>History: ${String(runs.length)} runs</summary>
    <svg
      viewBox="0 0 ${String(width)} ${String(height)}"
      role="img"
      aria-label="Pass rate over the last runs; the table below has the figures"
    >
      <line class="grid" x1=${margin} x2=${width - margin} y1=${y(1)} y2=${y(1)}></line>
      <line class="grid" x1=${margin} x2=${width - margin} y1=${y(0.5)} y2=${y(0.5)}></line>
      <line class="grid" x1=${margin} x2=${width - margin} y1=${y(0)} y2=${y(0)}></line>
      ${names.map((name, line) => {
        const points = shown.flatMap((run, index) => {
          const rate = run.columns.find((column) => nameOf(column) === name)?.passRate ?? null;
          return rate === null ? [] : [{ at: x(index), ...rate }];
        });
        return svg`<g class=${`line${String(line % 4)}`}>
          ${points.map(({ at, lo, hi }) => svg`<line class="interval" x1=${at} x2=${at} y1=${y(lo)} y2=${y(hi)}></line>`)}
          <polyline points=${points.map(({ at, mean }) => `${at.toFixed(1)},${y(mean).toFixed(1)}`).join(' ')}></polyline>
          ${points.map(({ at, mean }) => svg`<circle cx=${at} cy=${y(mean)} r="2"></circle>`)}
        </g>`;
      })}
    </svg>
    <div class="scroll" tabindex="0" role="group" aria-label="Runs of this suite">
      <table>
        <thead>
          <tr>
            <th scope="col">Run</th>
            ${names.map((name) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${[...shown].reverse().map(
            (run) =>
              html`<tr>
                <th scope="row">${localTime(run.time)}</th>
                ${names.map((name) => {
                  const column = run.columns.find((entry) => nameOf(entry) === name);
                  return html`<td>
                    ${
                      column === undefined
                        ? 'not run'
                        : column.passRate === null
                          ? 'nothing decided'
                          : `${percentEstimate(column.passRate)}, ${String(column.n)} answers, ${column.version}`
                    }
                  </td>`;
                })}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details>`;
}

/** Versions of a prompt follow each other on one line. */
function nameOf({ prompt, provider }: SuiteRunEntry['columns'][number]): string {
  return `${prompt} · ${provider}`;
}
