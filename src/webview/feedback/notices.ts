import { html, nothing, type TemplateResult } from 'lit';
import type { SourceNotice } from '../../shared/webviewProtocol.js';

/** Faults shown in full; of more only the number, which the Prompts view lists. */
const shownFaults = 2;

export interface Notices {
  failing: readonly SourceNotice[];
  waiting: readonly string[];
  test: (source: string) => void;
  log: () => void;
  trust: () => void;
}

/** What keeps feedback from coming in, above what has come in so far. */
export function notices({ failing, waiting, test, log, trust }: Notices): TemplateResult | typeof nothing {
  if (failing.length === 0 && waiting.length === 0) return nothing;
  const more = failing.length - shownFaults;
  return html`<div class="notices" role="region" aria-label="Sources that need attention">
    ${failing.slice(0, shownFaults).map(
      ({ name, message }) =>
        html`<div class="fault">
          <vscode-icon name="warning"></vscode-icon>
          <div>
            <strong>${name}</strong>: ${message}
            <div class="links">
              ${link('Test Connection', () => {
                test(name);
              })}
              ${link('Show Log', log)}
            </div>
          </div>
        </div>`,
    )}
    ${more <= 0 ? nothing : html`<p class="muted">${more === 1 ? 'One more source fails' : `${String(more)} more sources fail`}: see Sources in the Prompts view.</p>`}
    ${
      waiting.length === 0
        ? nothing
        : html`<div class="fault">
            <vscode-icon name="shield"></vscode-icon>
            <div>
              ${waiting.length === 1 ? html`<strong>${waiting[0]}</strong> is on another machine and waits` : `${String(waiting.length)} sources are on other machines and wait`}
              until this workspace is trusted.
              <div class="links">${link('Manage Workspace Trust', trust)}</div>
            </div>
          </div>`
    }
  </div>`;
}

export function link(words: string, run: () => void): TemplateResult {
  return html`<button class="link" @click=${run}>${words}</button>`;
}
