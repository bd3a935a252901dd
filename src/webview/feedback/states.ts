/** What the page shows in place of feedback: before there is any, where none matches, and where something fails. */
import { html, nothing, type TemplateResult } from 'lit';
import type { ViewFilter } from '../../shared/webviewProtocol.js';
import { chipFilters } from './filterBar.js';
import { link } from './notices.js';

export function reading(): TemplateResult {
  return html`<h1 class="hidden">Feedback</h1>
    <p class="notice muted" role="status">Reading feedback…</p>`;
}

export function broken(error: string, log: () => void): TemplateResult {
  return html`<h1 class="hidden">Feedback</h1>
    <div class="notice">
      <p role="alert">${error}</p>
      ${link('Show Log', log)}
    </div>`;
}

export function welcome(connect: () => void): TemplateResult {
  return html`<h1 class="hidden">Feedback</h1>
    <div class="notice">
      <p>
        No feedback is connected yet. Prompt Ratchet reads your application's log where it is, asks the server that has your traces, or
        collects what your application sends. What it reads stays on this machine.
      </p>
      ${link('Connect a feedback source…', connect)}
    </div>`;
}

export function noFeedback(): TemplateResult {
  return html`<div class="notice">
    <p>The connected sources hold no feedback yet. It shows here as soon as some comes in.</p>
  </div>`;
}

/** Filters that stand as chips are cleared there. */
export function noMatch(filter: ViewFilter, clear: () => void): TemplateResult {
  return html`<div class="notice">
    <p>No feedback matches these filters.</p>
    ${chipFilters(filter).length > 0 ? nothing : link('Clear Filters', clear)}
  </div>`;
}
