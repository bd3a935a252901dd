/** Small documents of the shapes that the host sends. */
import type { FeedbackRow, ScoreValue, VersionScore } from '../../src/shared/documents.js';
import type { CaseResult } from '../../src/shared/evalDocument.js';
import type { EvalCaseDetail, EvalView, SuiteRunEntry } from '../../src/shared/evalView.js';
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

function result(id: string, status: CaseResult['status'], column: string): CaseResult {
  return {
    id,
    description: `message ${id}`,
    column,
    repeat: 1,
    vars: { message: 'where is my refund' },
    status,
    score: status === 'error' ? null : status === 'pass' ? 1 : 0,
    reason: 'because',
    output: status === 'error' ? null : status === 'pass' ? 'billing' : 'returns, I think',
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
      {
        type: 'assert-set',
        metric: 'tone',
        pass: true,
        score: 1,
        reason: 'Both hold.',
        evaluated: true,
        expected: null,
        judge: { model: 'judge-a', cached: true, question: 'q' },
        parts: [
          { type: 'llm-rubric', metric: null, pass: true, score: 1, reason: 'It is kind.', evaluated: true, expected: null },
          { type: 'icontains', metric: null, pass: true, score: 1, reason: 'It has it.', evaluated: true, expected: null },
        ],
      },
    ],
    latencyMs: 41,
    cached: false,
    cost: null,
    error: status === 'error' ? { code: 'MODEL_FAILED', message: 'The endpoint answered 500.' } : null,
  };
}

const statuses: CaseResult['status'][] = ['pass', 'fail', 'error'];
const letters = { pass: 'p', fail: 'f', error: 'e' } as const;

/** Three cases: passed, failed, error. With `baseline`, beside the version before, where it was the other way round. */
export function evalView(options: { baseline?: boolean; running?: boolean; cases?: number } = {}): EvalView {
  const count = options.cases ?? 3;
  const column = {
    ...{ id: 'k1', prompt: 'support/route', version: 'working', provider: 'local', recorded: false },
    passRate: { mean: 0.67, lo: 0.3, hi: 0.9 },
  };
  const comparison = { delta: -0.1, lo: -0.2, hi: -0.01, p: 0.03, verdict: 'worse' as const, regressed: ['c2'], fixed: ['c1'], pairs: 2 };
  const columns =
    options.baseline === true
      ? [
          { ...column, baseline: comparison },
          { ...column, id: 'b1', version: 'v1', baselineOf: 'k1' },
        ]
      : [column];
  const cells = columns.flatMap((_, place) => Array.from({ length: count }, (__, index) => ({ place, index })));
  const verdict = (place: number, index: number): CaseResult['status'] => {
    const status = statuses[index % 3] ?? 'error';
    return place === 0 || status === 'error' ? status : status === 'pass' ? 'fail' : 'pass';
  };
  const run = 'r-1';
  const range = { start: 10, end: 20 };
  return {
    head: {
      ...{ run, time: NOW, complete: true, cells: cells.length },
      report: {
        suite: 'prompts/route.eval.yaml',
        columns,
        stats: {
          ...{ cases: count, passed: 1, failed: 1, errored: 1, cached: 0, requests: 3, notEvaluated: 0, seconds: 1.2 },
          ...{ tokens: { in: null, out: null }, cost: null },
        },
        passRate: { mean: 0.67, lo: 0.3, hi: 0.9 },
        cases: [],
        metrics: {},
        health: [
          { code: 'too-few-cases', message: '3 cases can only show very large differences; add at least 27.' },
          { code: 'never-passed', message: 'equals "x" never passed.', range },
        ],
        baseline: options.baseline === true ? { ...comparison, ref: 'v1' } : null,
      },
    },
    rows: {
      run,
      cases: Array.from({ length: count }, (_, index) => ({ id: `c${String(index + 1)}`, title: `message c${String(index + 1)}` })),
      case: cells.map(({ index }) => index),
      column: cells.map(({ place }) => place),
      repeat: cells.map(() => 1),
      status: cells.map(({ place, index }) => letters[verdict(place, index)]).join(''),
      score: cells.map(() => null),
    },
    running: options.running === true,
    rerun: [],
  };
}

/** What the host answers for the cells of one case. */
export function evalDetail(view: EvalView, cells: readonly number[]): EvalCaseDetail {
  const { columns } = view.head.report;
  const words = { p: 'pass', f: 'fail', e: 'error' } as const;
  return {
    results: cells.map((cell) =>
      result(
        view.rows.cases[view.rows.case[cell] ?? 0]?.id ?? '',
        words[(view.rows.status[cell] ?? 'e') as 'p' | 'f' | 'e'],
        columns[view.rows.column[cell] ?? 0]?.id ?? '',
      ),
    ),
    rendered: columns.map(({ id }, index) => ({
      column: id,
      messages: [{ role: 'system', text: `Route: where is my refund (${id})` }],
      problem: null,
      changed: index === 0,
    })),
  };
}

export function suiteRuns(): SuiteRunEntry[] {
  return [1, 2, 3].map((day) => ({
    time: `2026-11-0${String(day)}T10:00:00.000Z`,
    run: `r-${String(day)}`,
    columns: [
      {
        ...{ prompt: 'support/route', version: `v${String(day)}`, provider: 'local', n: 40 },
        passRate: { mean: 0.5 + day / 10, lo: 0.4 + day / 10, hi: 0.6 + day / 10 },
      },
    ],
  }));
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
