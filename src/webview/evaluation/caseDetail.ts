import { html, nothing, type TemplateResult } from 'lit';
import type { AssertionResult, CaseResult, EvalColumn } from '../../shared/evalDocument.js';
import type { EvalCaseDetail, RenderedCase } from '../../shared/evalView.js';
import { readable } from '../shared/format.js';
import { columnName, STATUS_ICON, STATUS_WORD } from './rows.js';
import { textDiff } from './textDiff.js';

export interface DetailActions {
  copy(text: string): void;
  addToSuite(result: CaseResult): void;
  /** `null` = all columns below each other. */
  pair(columns: [string, string] | null): void;
}

/** Longest text that is compared word by word with another. */
const longestDiff = 20_000;

/** Variables, what was sent, then each column's answer with its assertions and their reasons. Model output is shown as text. */
export function caseDetail(
  detail: EvalCaseDetail,
  columns: readonly EvalColumn[],
  pair: [string, string] | null,
  actions: DetailActions,
): TemplateResult {
  const results = detail.results.filter((result) => result !== null);
  const vars = Object.entries(results[0]?.vars ?? {});
  const present = columns.filter(({ id }) => results.some(({ column }) => column === id));
  const chosen = pair === null ? null : present.filter(({ id }) => pair.includes(id));
  return html`
    ${
      vars.length === 0
        ? nothing
        : html`<h3>Variables</h3>
            <dl>
              ${vars.map(
                ([name, value]) =>
                  html`<dt>${name}</dt>
                    <dd><pre tabindex="0" aria-label=${`Variable ${name}`}>${readable(value)}</pre></dd>`,
              )}
            </dl>`
    }
    ${sent(detail.rendered, columns)} ${present.length > 1 ? pairChoice(present, pair, actions) : nothing}
    ${
      pair !== null && chosen?.length === 2
        ? sideBySide(pair, present, results, actions)
        : present.map((column) =>
            results.filter((result) => result.column === column.id).map((result) => answer(result, columnName(column), actions)),
          )
    }
  `;
}

/** One rendering stands for all columns that send the same. */
function sent(rendered: readonly RenderedCase[], columns: readonly EvalColumn[]): TemplateResult | typeof nothing {
  if (rendered.length === 0) return nothing;
  const groups = new Map<string, { names: string[]; first: RenderedCase; changed: boolean }>();
  for (const entry of rendered) {
    const column = columns.find(({ id }) => id === entry.column);
    if (column === undefined) continue;
    const key = JSON.stringify([entry.messages, entry.problem]);
    const group = groups.get(key) ?? { names: [], first: entry, changed: false };
    group.names.push(columnName(column));
    group.changed ||= entry.changed;
    groups.set(key, group);
  }
  return html`${[...groups.values()].map(
    ({ names, first, changed }) =>
      html`<details>
        <summary>Rendered prompt${groups.size > 1 ? html` <span class="muted">${names.join(', ')}</span>` : nothing}</summary>
        ${changed ? html`<p role="note">The prompt was changed since this run. This is what it would send now.</p>` : nothing}
        ${first.problem === null ? nothing : html`<p role="note">${first.problem}</p>`}
        ${first.messages?.map(
          ({ role, text }) =>
            html`<p class="role">${role}</p>
              <pre tabindex="0" aria-label=${`Message of ${role}`}>${text}</pre>`,
        )}
      </details>`,
  )}`;
}

function pairChoice(columns: readonly EvalColumn[], pair: [string, string] | null, actions: DetailActions): TemplateResult {
  const [first, second] = columns;
  if (first === undefined || second === undefined) return html``;
  const select = (label: string, place: 0 | 1, shown: [string, string]): TemplateResult =>
    html`<select
      aria-label=${label}
      @change=${(event: Event) => {
        const next: [string, string] = [...shown];
        next[place] = (event.target as HTMLSelectElement).value;
        actions.pair(next);
      }}
    >
      ${columns.map((column) => html`<option value=${column.id} ?selected=${column.id === shown[place]}>${columnName(column)}</option>`)}
    </select>`;
  return html`<div class="pair">
    <button
      aria-pressed=${pair === null ? 'false' : 'true'}
      @click=${() => {
        // A baseline stands beside the column that it is of.
        const baseline = columns.find(({ baselineOf }) => baselineOf === first.id);
        actions.pair(pair === null ? (baseline === undefined ? [first.id, second.id] : [baseline.id, first.id]) : null);
      }}
    >
      Side by Side
    </button>
    ${pair === null ? nothing : html`${select('Left column', 0, pair)} ${select('Right column', 1, pair)}`}
  </div>`;
}

function sideBySide(
  pair: [string, string],
  columns: readonly EvalColumn[],
  results: readonly CaseResult[],
  actions: DetailActions,
): TemplateResult {
  const side = (id: string): { column: EvalColumn | undefined; own: CaseResult[] } => ({
    column: columns.find((column) => column.id === id),
    own: results.filter(({ column }) => column === id),
  });
  const [left, right] = [side(pair[0]), side(pair[1])];
  const before = left.own[0]?.output ?? null;
  const after = right.own[0]?.output ?? null;
  return html`${
      before === null || after === null || before === after || before.length + after.length > longestDiff
        ? html`<p class="muted">${before !== null && before === after ? 'Both answers are the same.' : nothing}</p>`
        : html`<h3>From left to right</h3>
            ${diff(before, after, 'Difference of the two answers')}`
    }
    <div class="sides">
      ${[left, right].map(
        ({ column, own }) =>
          html`<div>${own.map((result) => answer(result, column === undefined ? result.column : columnName(column), actions))}</div>`,
      )}
    </div>`;
}

/** Marks are underlined or struck through as well as coloured, and said in words. */
function diff(before: string, after: string, label: string): TemplateResult {
  return html`<pre class="diff" tabindex="0" role="group" aria-label=${label}>
${textDiff(before, after).map(({ kind, text }) =>
      kind === 'same'
        ? text
        : kind === 'removed'
          ? html`<del><span class="hidden">left out: </span>${text}</del>`
          : html`<ins><span class="hidden">new: </span>${text}</ins>`,
    )}</pre>`;
}

function answer(result: CaseResult, title: string, actions: DetailActions): TemplateResult {
  const facts = [
    result.repeat > 1 ? `repeat ${String(result.repeat)}` : '',
    result.score === null ? '' : `score ${result.score.toFixed(2)}`,
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
            <p class="links">
              <button
                class="link"
                @click=${() => {
                  actions.copy(result.output ?? '');
                }}
              >
                Copy output
              </button>
              <button
                class="link"
                @click=${() => {
                  actions.addToSuite(result);
                }}
              >
                Add to suite…
              </button>
            </p>`
    }
    ${
      result.assertions.length === 0
        ? nothing
        : html`<ul class="assertions" aria-label="Assertions">
            ${result.assertions.map((item) => assertion(item, result.output))}
          </ul>`
    }
  </section>`;
}

function assertion(item: AssertionResult, output: string | null): TemplateResult {
  const status = !item.evaluated ? 'error' : item.pass ? 'pass' : 'fail';
  const word = !item.evaluated ? 'Not evaluated' : item.pass ? 'Holds' : 'Does not hold';
  const { expected, judge } = item;
  const comparable =
    status === 'fail' && expected !== null && output !== null && expected !== output && expected.length + output.length <= longestDiff;
  return html`<li>
    <vscode-icon class=${status} name=${STATUS_ICON[status]}></vscode-icon>
    <div>
      <strong>${item.type}</strong>${item.metric === null ? '' : ` (${item.metric})`}: ${word}. ${item.reason}
      ${judge === undefined ? nothing : html`<span class="muted">Judged by ${judge.model}${judge.cached ? ', from the cache' : ''}.</span>`}
      ${
        comparable
          ? html`<details>
              <summary>Difference to what is expected</summary>
              ${diff(expected, output, 'From what is expected to the answer')}
            </details>`
          : nothing
      }
      ${
        item.parts === undefined || item.parts.length === 0
          ? nothing
          : html`<ul class="assertions" aria-label="Parts">
              ${item.parts.map((part) => assertion(part, output))}
            </ul>`
      }
    </div>
  </li>`;
}
