import { html, nothing, type TemplateResult } from 'lit';
import type { FeedbackDetail, FeedbackRow } from '../../shared/documents.js';
import { localTime } from '../shared/format.js';
import { signalIcon, signalWords } from './signals.js';

/** Everything about one piece of feedback. Text from the log is only ever a text node: Lit never parses it as markup. */
export function detailView(detail: FeedbackDetail, onCopy: (text: string) => void): TemplateResult {
  const { row, interaction } = detail;
  return html`
    <dl>
      <dt>Signal</dt>
      <dd>${signalWords(row)}</dd>
      <dt>Prompt</dt>
      <dd>${row.prompt ?? 'unattributed'} · ${row.version ?? 'version unknown'} <span class="muted">(link: ${row.link})</span></dd>
      <dt>Time</dt>
      <dd>${localTime(row.time)}</dd>
      <dt>User</dt>
      <dd>${row.user === null ? 'not given' : html`<code>${row.user.slice(0, 12)}</code> <span class="muted">(pseudonym)</span>`}</dd>
      <dt>Source</dt>
      <dd>${row.source}${row.line === null ? '' : `, line ${String(row.line)}`}</dd>
    </dl>
    ${block('Comment', row.text, onCopy)} ${block('Corrected answer', row.correction, onCopy)}
    ${
      interaction === null
        ? html`<p class="muted">The log holds no interaction for this feedback, so there is no output to show.</p>`
        : html`
            ${Object.entries(interaction.variables).map(([name, value]) => block(name, value, onCopy))}
            ${block('Input', interaction.input, onCopy)} ${block('Output', interaction.output, onCopy)}
            ${interaction.error === null ? nothing : block('Error', interaction.error, onCopy)}
            ${
              interaction.documents.length === 0
                ? nothing
                : html`<h3>Retrieved documents</h3>
                    <ol>
                      ${interaction.documents.map(
                        (document) => html`<li>${document.id}${document.score === null ? '' : ` (${document.score.toFixed(2)})`}</li>`,
                      )}
                    </ol>`
            }
            ${interaction.latencyMs === null ? nothing : html`<p class="muted">Answered in ${String(Math.round(interaction.latencyMs))} ms.</p>`}
          `
    }
    ${
      detail.others.length === 0
        ? nothing
        : html`<h3>Also said about this answer</h3>
            <ul class="others">
              ${detail.others.map((other) => html`<li>${otherLine(other)}</li>`)}
            </ul>`
    }
  `;
}

function otherLine(row: FeedbackRow): TemplateResult {
  return html`<vscode-icon name=${signalIcon(row)}></vscode-icon> ${signalWords(row)}${row.text === null ? '' : `: ${row.text}`}`;
}

function block(title: string, text: string | null, onCopy: (text: string) => void): TemplateResult | typeof nothing {
  if (text === null || text === '') return nothing;
  return html`<section>
    <h3>
      ${title}
      <button
        class="link copy"
        aria-label="Copy ${title}"
        @click=${() => {
          onCopy(text);
        }}
      >
        Copy
      </button>
    </h3>
    <pre>${text}</pre>
  </section>`;
}
