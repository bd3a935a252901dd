/** Small documents of the shapes that the host sends. */
import type { FeedbackRow, ScoreValue, VersionScore } from '../../src/shared/documents.js';
import type { CaseResult, EvalDocument } from '../../src/shared/evalDocument.js';
import type { FeedbackDetailView } from '../../src/shared/protocol.js';
import type { ToFeedbackPage, ToHistoryPage } from '../../src/shared/webviewProtocol.js';

const NOW = '2026-11-20T10:00:00.000Z';

export function row(index: number): FeedbackRow {
  return {
    id: `f-${String(index)}`,
    time: NOW,
    source: 'app-log',
    line: index + 1,
    prompt: 'support/route',
    version: 'v1',
    link: 'exact',
    signal: index % 3 === 0 ? 'explicit.comment' : 'explicit.thumb',
    actor: 'end_user',
    user: '9f86d081884c7d65',
    y: index % 2,
    raw: index % 2,
    label: null,
    text: index % 3 === 0 ? `I only wanted the team, not an essay about it (${String(index)})` : null,
    correction: null,
    interaction: `i-${String(index)}`,
  };
}

type State = Extract<ToFeedbackPage, { type: 'state' }>;

export function feedbackState(changes: Partial<State> = {}): State {
  return {
    type: 'state',
    filter: {},
    asked: 0,
    choices: {
      prompts: ['support/answer', 'support/route'],
      versions: ['v1', 'v2'],
      signals: ['explicit.thumb', 'explicit.comment'],
      attributes: ['plan', 'locale'],
      sources: ['app-log', 'phoenix'],
    },
    sources: 2,
    failing: [],
    waiting: [],
    error: null,
    ...changes,
  };
}

export function feedbackDetail(index = 0): FeedbackDetailView {
  return {
    row: row(index),
    interaction: {
      id: 'i-0',
      time: NOW,
      variables: { message: 'my parcel never came' },
      input: null,
      output: 'Hello there! I would be delighted to help…',
      documents: [
        { id: 'docs/returns.md', score: 0.82, text: null },
        { id: 'docs/delivery.md', score: 0.7, text: 'Free to the islands.' },
      ],
      latencyMs: 812,
      error: null,
    },
    others: [row(1)],
    rendered: [{ role: 'system', text: 'Route the message: my parcel never came' }],
    renderedProblem: null,
    url: 'https://traces.example/t/1',
    file: '/w/logs/feedback.jsonl',
  };
}

function result(id: string, status: CaseResult['status']): CaseResult {
  return {
    id,
    description: `message ${id}`,
    column: 'k1',
    repeat: 1,
    vars: { message: 'where is my refund' },
    status,
    score: status === 'error' ? null : status === 'pass' ? 1 : 0,
    reason: 'because',
    output: status === 'error' ? null : 'billing',
    assertions: [
      {
        type: 'equals',
        metric: null,
        pass: status === 'pass',
        score: 0,
        reason: 'Expected "billing".',
        evaluated: status !== 'error',
        expected: 'billing',
      },
    ],
    latencyMs: 41,
    cached: false,
    cost: null,
    error: status === 'error' ? { code: 'MODEL_FAILED', message: 'The endpoint answered 500.' } : null,
  };
}

export function evalReport(): EvalDocument {
  return {
    schema: 'promptratchet.eval/1',
    run: 'r-1',
    complete: true,
    suites: [
      {
        suite: 'prompts/route.eval.yaml',
        columns: [
          {
            id: 'k1',
            prompt: 'support/route',
            version: 'working',
            provider: 'local',
            passRate: { mean: 0.67, lo: 0.3, hi: 0.9 },
            recorded: false,
          },
        ],
        stats: {
          cases: 3,
          passed: 1,
          failed: 1,
          errored: 1,
          cached: 0,
          requests: 3,
          notEvaluated: 0,
          seconds: 1.2,
          tokens: { in: null, out: null },
          cost: null,
        },
        passRate: { mean: 0.67, lo: 0.3, hi: 0.9 },
        cases: [result('c1', 'pass'), result('c2', 'fail'), result('c3', 'error')],
        metrics: {},
        health: [{ code: 'too-few-cases', message: '3 cases can only show very large differences; add at least 27.' }],
        baseline: null,
      },
    ],
  };
}

function score(mean: number): ScoreValue {
  return { mean, lo: mean - 0.05, hi: mean + 0.05, level: 0.95, nEff: 200, users: 240, events: 318 };
}

function versionScore(version: string, mean: number): VersionScore {
  const trend = [1, 2, 3].map((week) => ({
    from: `2026-11-0${String(week)}T00:00:00.000Z`,
    to: `2026-11-0${String(week + 1)}T00:00:00.000Z`,
    mean: mean + week / 100,
    lo: mean - 0.1,
    hi: mean + 0.1,
    users: 60,
  }));
  return {
    version,
    sha256: null,
    status: 'good',
    channel: 'explicit',
    score: score(mean),
    channels: {
      explicit: score(mean),
      expert: null,
      judge: null,
      implicit: {},
      system: { interactions: 900, errorRate: null, retryRate: null, latencyMs: null },
    },
    responseRate: null,
    bounds: null,
    trend,
    themes: [],
    segments: [],
  };
}

export function history(): ToHistoryPage {
  const entry = { sha256: 'a'.repeat(64), time: NOW, author: 'Ada', file: '.ratchet/versions/support/route/v0001.prompty', evidence: null };
  return {
    type: 'history',
    prompt: 'support/route',
    threshold: 0.7,
    current: 'v2',
    entries: [
      { ...entry, version: 'v1', parent: null, why: 'initial', commit: null, pointers: [], score: versionScore('v1', 0.5) },
      {
        ...entry,
        version: 'v2',
        parent: 'v1',
        why: 'suggestion',
        commit: 'abcdef0123456',
        pointers: ['production'],
        score: versionScore('v2', 0.8),
      },
    ],
  };
}
