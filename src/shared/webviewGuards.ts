/** Pages are untrusted senders: a message that is not exactly of its shape is dropped. */
import type { FeedbackListParams } from './protocol.js';
import type { FromEvaluationPage, FromFeedbackPage, FromHistoryPage } from './webviewProtocol.js';

type Fields = Record<string, unknown>;

/** Longest text that a page may hand over (to the clipboard, to a query). */
const MAX_TEXT = 1_000_000;

function fields(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

function isText(value: unknown, max = 1_000): value is string {
  return typeof value === 'string' && value.length <= max;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function filter(value: unknown): FeedbackListParams | null {
  const from = fields(value);
  if (from === null) return null;
  const result: FeedbackListParams = {};
  for (const key of ['prompt', 'version', 'signal', 'search', 'since', 'cursor'] as const) {
    const item = from[key];
    if (item === undefined) continue;
    if (!isText(item)) return null;
    result[key] = item;
  }
  if (from['low'] === true) result.low = true;
  if (from['limit'] !== undefined) {
    if (!isCount(from['limit']) || from['limit'] > 1_000) return null;
    result.limit = from['limit'];
  }
  return result;
}

export function feedbackMessage(value: unknown): FromFeedbackPage | null {
  const message = fields(value);
  switch (message?.['type']) {
    case 'ready':
    case 'connect':
      return { type: message['type'] };
    case 'open':
      return isText(message['id']) ? { type: 'open', id: message['id'] } : null;
    case 'copy':
      return isText(message['text'], MAX_TEXT) ? { type: 'copy', text: message['text'] } : null;
    case 'query': {
      const checked = filter(message['filter']);
      return checked !== null && isCount(message['request']) ? { type: 'query', request: message['request'], filter: checked } : null;
    }
    default:
      return null;
  }
}

export function evaluationMessage(value: unknown): FromEvaluationPage | null {
  const message = fields(value);
  switch (message?.['type']) {
    case 'ready':
      return { type: 'ready' };
    case 'copy':
      return isText(message['text'], MAX_TEXT) ? { type: 'copy', text: message['text'] } : null;
    case 'reveal':
      return isText(message['suite']) && isText(message['caseId'])
        ? { type: 'reveal', suite: message['suite'], caseId: message['caseId'] }
        : null;
    case 'run': {
      const { suite, cases } = message;
      if (!isText(suite)) return null;
      if (cases === null) return { type: 'run', suite, cases };
      return Array.isArray(cases) && cases.every((item) => isText(item)) ? { type: 'run', suite, cases } : null;
    }
    default:
      return null;
  }
}

export function historyMessage(value: unknown): FromHistoryPage | null {
  const message = fields(value);
  switch (message?.['type']) {
    case 'ready':
      return { type: 'ready' };
    case 'restore':
      return isText(message['version']) ? { type: 'restore', version: message['version'] } : null;
    case 'diff': {
      const { version, against } = message;
      if (!isText(version) || !(against === null || isText(against))) return null;
      return { type: 'diff', version, against };
    }
    default:
      return null;
  }
}
