import { html, nothing, type TemplateResult } from 'lit';
import type { FeedbackRow } from '../../shared/documents.js';
import type { FeedbackDetailView } from '../../shared/protocol.js';
import { localTime } from '../shared/format.js';
import { signalIcon, signalWords } from './signals.js';

export interface DetailActions {
  copy: (text: string) => void;
  close: () => void;
  addToSuite: () => void;
  openSource: () => void;
  showLine: () => void;
}

/** Head with the actions, then everything about one piece of feedback. Text from the log is only ever a text node: Lit never parses it as markup. */
export function detailView(detail: FeedbackDetailView, actions: DetailActions): TemplateResult {
  const { row, interaction } = detail;
  const { copy } = actions;
  return html`
    <div class="bar">
      <h2>Detail</h2>
      <div class="tools" role="toolbar" aria-label="Actions">
        ${interaction === null || row.prompt === null ? nothing : tool('Add to Suite…', 'beaker', actions.addToSuite)}
        ${detail.file === null ? nothing : tool('Show Line in Log', 'go-to-file', actions.showLine)}
        ${detail.url === null ? nothing : tool('Open in Source…', 'link-external', actions.openSource)}
        ${tool('Copy All', 'copy', () => {
          copy(detailText(detail));
        })}
        ${tool('Close Detail', 'close', actions.close)}
      </div>
    </div>
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
    ${block('Comment', row.text, copy)} ${block('Corrected answer', row.correction, copy)}
    ${
      interaction === null
        ? html`<p class="muted">The source holds no interaction for this feedback, so there is no output to show.</p>`
        : html`
            ${block('Output', interaction.output, copy)} ${interaction.error === null ? nothing : block('Error', interaction.error, copy)}
            ${Object.entries(interaction.variables).map(([name, value]) => block(`Variable ${name}`, value, copy))}
            ${block('Input', interaction.input, copy)} ${servedPrompt(detail)} ${documents(interaction.documents)}
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

function tool(name: string, icon: string, run: () => void): TemplateResult {
  return html`<button class="tool" title=${name} aria-label=${name} @click=${run}><vscode-icon name=${icon}></vscode-icon></button>`;
}

function servedPrompt({ rendered, renderedProblem, row }: FeedbackDetailView): TemplateResult | typeof nothing {
  if (rendered === null) return renderedProblem === null ? nothing : html`<p class="muted">${renderedProblem}</p>`;
  return html`<details>
    <summary>Prompt as served (${row.version})</summary>
    ${rendered.map(
      ({ role, text }) =>
        html`<h4>${role}</h4>
          <pre tabindex="0" aria-label="Message of ${role}">${text}</pre>`,
    )}
  </details>`;
}

function documents(list: NonNullable<FeedbackDetailView['interaction']>['documents']): TemplateResult | typeof nothing {
  if (list.length === 0) return nothing;
  return html`<h3>Retrieved documents</h3>
    <ol>
      ${list.map(
        ({ id, score, text }) =>
          html`<li>
            ${
              text === null
                ? html`${id}${score === null ? '' : ` (${score.toFixed(2)})`}`
                : html`<details>
                    <summary>${id}${score === null ? '' : ` (${score.toFixed(2)})`}</summary>
                    <pre tabindex="0" aria-label="Text of ${id}">${text}</pre>
                  </details>`
            }
          </li>`,
      )}
    </ol>`;
}

function otherLine(row: FeedbackRow): TemplateResult {
  return html`<vscode-icon name=${signalIcon(row)}></vscode-icon> ${signalWords(row)}${row.text === null ? '' : `: ${row.text}`}`;
}

function block(title: string, text: string | null, onCopy: (text: string) => void): TemplateResult | typeof nothing {
  if (text === null || text === '') return nothing;
  return html`<section aria-label=${title}>
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
    <pre tabindex="0" aria-label="Text of ${title}">${text}</pre>
  </section>`;
}

/** The whole detail as plain text, for the clipboard. */
export function detailText({ row, interaction, others }: FeedbackDetailView): string {
  const parts: [string, string | null][] = [
    ['Signal', signalWords(row)],
    ['Prompt', `${row.prompt ?? 'unattributed'} ${row.version ?? '(version unknown)'}`],
    ['Time', row.time],
    ['Source', row.line === null ? row.source : `${row.source}, line ${String(row.line)}`],
    ['Comment', row.text],
    ['Corrected answer', row.correction],
    ['Output', interaction?.output ?? null],
    ['Error', interaction?.error ?? null],
    ...Object.entries(interaction?.variables ?? {}).map(([name, value]): [string, string] => [name, value]),
    ['Input', interaction?.input ?? null],
    ['Documents', interaction?.documents.map(({ id }) => id).join(', ') ?? null],
    ['Also said', others.map((other) => [signalWords(other), other.text].filter((part) => part !== null).join(': ')).join('; ')],
  ];
  return parts.flatMap(([name, text]) => (text === null || text === '' ? [] : [`${name}: ${text}`])).join('\n');
}
