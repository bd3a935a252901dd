import { html, nothing, type TemplateResult } from 'lit';
import type { AssertionResult, CaseResult, EvalColumn } from '../../shared/evalDocument.js';
import { readable } from '../shared/format.js';
import { columnName, STATUS_ICON, STATUS_WORD, type CaseRow } from './rows.js';

/** Variables, then each column's answer with its assertions and their reasons. Model output is shown as text. */
export function caseDetail(row: CaseRow, columns: EvalColumn[], onCopy: (text: string) => void): TemplateResult {
  return html`
    <h3>Variables</h3>
    <dl>
      ${Object.entries(row.vars).map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd><pre>${readable(value)}</pre></dd>`,
      )}
    </dl>
    ${columns.map((column, index) => (row.results[index] ?? []).map((result) => answer(result, columnName(column), onCopy)))}
  `;
}

function answer(result: CaseResult, title: string, onCopy: (text: string) => void): TemplateResult {
  const facts = [
    result.repeat > 1 ? `repeat ${String(result.repeat)}` : '',
    result.latencyMs === null ? '' : `${String(Math.round(result.latencyMs))} ms`,
    result.cached ? 'from the cache' : '',
    result.cost === null ? '' : `cost ${result.cost.toFixed(5)}`,
  ].filter((fact) => fact !== '');
  return html`<section class="answer">
    <h3>
      <vscode-icon class=${result.status} name=${STATUS_ICON[result.status]}></vscode-icon> ${STATUS_WORD[result.status]} · ${title}
      <span class="muted facts">${facts.join(' · ')}</span>
    </h3>
    ${result.error === null ? nothing : html`<p class="error" role="note">${result.error.message}</p>`}
    ${
      result.output === null
        ? nothing
        : html`<pre tabindex="0" aria-label="Output">${result.output === '' ? '(empty answer)' : result.output}</pre>
            <button
              class="link"
              @click=${() => {
                onCopy(result.output ?? '');
              }}
            >
              Copy output
            </button>`
    }
    <ul class="assertions">
      ${result.assertions.map(assertion)}
    </ul>
  </section>`;
}

function assertion(item: AssertionResult): TemplateResult {
  const status = !item.evaluated ? 'error' : item.pass ? 'pass' : 'fail';
  const word = !item.evaluated ? 'Not evaluated' : item.pass ? 'Holds' : 'Does not hold';
  return html`<li>
    <vscode-icon class=${status} name=${STATUS_ICON[status]}></vscode-icon>
    <span><strong>${item.type}</strong>${item.metric === null ? '' : ` (${item.metric})`}: ${word}. ${item.reason}</span>
  </li>`;
}
