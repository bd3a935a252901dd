/** Pages are untrusted senders: a message that is not exactly of its shape is dropped. */
import type { FeedbackListParams } from './protocol.js';
import type { FromEvaluationPage, FromFeedbackPage, FromHistoryPage, Period, ViewFilter } from './webviewProtocol.js';

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

const periods: readonly Period[] = ['24h', '7d', '30d', 'custom'];

/** `null` for anything that is no filter; what it carries beside is left out. */
function viewFilter(value: unknown): ViewFilter | null {
  const from = fields(value);
  if (from === null) return null;
  const result: ViewFilter = {};
  for (const key of ['prompt', 'signal', 'search', 'since', 'until', 'source'] as const) {
    const item = from[key];
    if (item === undefined) continue;
    if (!isText(item)) return null;
    result[key] = item;
  }
  for (const key of ['minY', 'maxY'] as const) {
    const item = from[key];
    if (item === undefined) continue;
    if (typeof item !== 'number' || !(item >= 0 && item <= 1)) return null;
    result[key] = item;
  }
  const { version, segment, period } = from;
  if (version !== undefined) {
    if (version !== null && !isText(version)) return null;
    result.version = version;
  }
  if (segment !== undefined) {
    const pair = fields(segment);
    if (pair === null || !isText(pair['key']) || !isText(pair['value'])) return null;
    result.segment = { key: pair['key'], value: pair['value'] };
  }
  if (period !== undefined) {
    const known = periods.find((item) => item === period);
    if (known === undefined) return null;
    result.period = known;
  }
  if (from['low'] === true) result.low = true;
  return result;
}

/** Rows of a list in a page of its own size, at most 500 at once. */
function listParams(value: unknown): FeedbackListParams | null {
  const from = fields(value);
  const base = viewFilter(value);
  if (from === null || base === null) return null;
  const { period: _period, ...result }: ViewFilter & FeedbackListParams = base;
  for (const key of ['offset', 'limit'] as const) {
    const item = from[key];
    if (item === undefined) continue;
    if (!isCount(item) || (key === 'limit' && item > 500)) return null;
    result[key] = item;
  }
  return result;
}

export function feedbackMessage(value: unknown): FromFeedbackPage | null {
  const message = fields(value);
  const type = message?.['type'];
  switch (type) {
    case 'ready':
    case 'connect':
    case 'trust':
    case 'log':
      return { type };
    case 'open':
    case 'addToSuite':
    case 'openSource':
    case 'showLine':
      return isText(message?.['id']) ? { type, id: message['id'] } : null;
    case 'test':
      return isText(message?.['source']) ? { type, source: message['source'] } : null;
    case 'copy':
      return isText(message?.['text'], MAX_TEXT) ? { type, text: message['text'] } : null;
    case 'cancel':
      return isCount(message?.['request']) ? { type, request: message['request'] } : null;
    case 'filter': {
      const checked = viewFilter(message?.['filter']);
      return checked === null ? null : { type, filter: checked };
    }
    case 'query': {
      const checked = listParams(message?.['filter']);
      return checked !== null && isCount(message?.['request']) ? { type, request: message['request'], filter: checked } : null;
    }
    default:
      return null;
  }
}

/** Most cells that one case may have (columns × repeats) and be asked for at once. */
const MAX_CELLS = 200;

export function evaluationMessage(value: unknown): FromEvaluationPage | null {
  const message = fields(value);
  if (message === null) return null;
  const { suite, run, request, text } = message;
  switch (message['type']) {
    case 'ready':
      return { type: 'ready' };
    case 'suite':
    case 'runWith':
      return isText(suite) ? { type: message['type'], suite } : null;
    case 'copy':
      return isText(text, MAX_TEXT) ? { type: 'copy', text } : null;
    case 'reveal':
      return isText(suite) && isText(message['caseId']) ? { type: 'reveal', suite, caseId: message['caseId'] } : null;
    case 'run': {
      const { cases } = message;
      if (!isText(suite)) return null;
      if (cases === null) return { type: 'run', suite, cases };
      return Array.isArray(cases) && cases.every((item) => isText(item)) ? { type: 'run', suite, cases } : null;
    }
    case 'detail': {
      const { cells } = message;
      if (!isText(suite) || !isText(run) || !isCount(request)) return null;
      return Array.isArray(cells) && cells.length <= MAX_CELLS && cells.every(isCount)
        ? { type: 'detail', request, suite, run, cells }
        : null;
    }
    case 'search':
      return isText(suite) && isText(run) && isText(text) && isCount(request) ? { type: 'search', request, suite, run, text } : null;
    case 'place': {
      const { file, start, line } = message;
      const isPlace = (place: unknown): place is number | null => place === null || isCount(place);
      return isText(file) && isPlace(start) && isPlace(line) ? { type: 'place', file, start, line } : null;
    }
    case 'addToSuite':
      return isText(suite) && isText(run) && isCount(message['cell']) ? { type: 'addToSuite', suite, run, cell: message['cell'] } : null;
    case 'export': {
      const { format, to } = message;
      if (!isText(suite) || !isText(run)) return null;
      if ((format !== 'csv' && format !== 'markdown') || (to !== 'file' && to !== 'clipboard')) return null;
      return { type: 'export', suite, run, format, to };
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
