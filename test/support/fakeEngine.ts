/** An engine whose answers a test sets: for tests of the server's own work, without files, stores or models. */
import type { Engine } from '../../src/engine/api.js';
import { EngineError } from '../../src/engine/errors.js';
import type { PromptDocument } from '../../src/engine/prompts/types.js';
import type { ScoreDocument, VersionScore } from '../../src/shared/documents.js';

export function promptDocument(id: string, file: string, text: string): PromptDocument {
  const start = text.indexOf('system:') + 'system:'.length + 1;
  return {
    id,
    format: 'prompty',
    file,
    entry: null,
    sha256: id,
    text,
    messages: [{ role: 'system', source: { start, end: text.length }, segments: [] }],
    placeholders: [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => ({
      name: match[1] ?? '',
      raw: match[0],
      source: { start: match.index, end: match.index + match[0].length },
      required: true,
    })),
    frozen: [],
    model: null,
    samples: [],
    problems: [],
  };
}

export function versionScore(changes: Partial<VersionScore> = {}): VersionScore {
  const score = { mean: 0.61, lo: 0.56, hi: 0.66, level: 0.95, nEff: 212.4, users: 240, events: 318 };
  return {
    version: 'v2',
    sha256: 'x',
    status: 'low',
    channel: 'explicit',
    score,
    channels: {
      explicit: score,
      expert: null,
      judge: null,
      implicit: {},
      system: { interactions: 0, errorRate: null, retryRate: null, latencyMs: null },
    },
    responseRate: null,
    bounds: null,
    trend: [],
    themes: [],
    segments: [],
    ...changes,
  };
}

export interface FakeState {
  prompts: PromptDocument[];
  scores: ScoreDocument;
  /** Every call by name, for what must or must not have been asked. */
  calls: string[];
}

export function fakeEngine(state: FakeState, overrides: Partial<Record<keyof Engine, unknown>> = {}): Engine {
  const call = <T>(name: string, value: T): Promise<T> => {
    state.calls.push(name);
    return Promise.resolve(value);
  };
  const engine = {
    root: '/w',
    trusted: false,
    setTrusted(trusted: boolean) {
      engine.trusted = trusted;
    },
    dispose: () => call('dispose', undefined),
    config: {
      load: () =>
        call('config.load', {
          config: { version: 1, threshold: 0.7, prompts: null, sources: [], models: [], defaults: {} },
          problems: [{ severity: 'error', code: 'bad-key', message: 'Unknown key "sourcs".', file: '.ratchet/config.yaml', range: null }],
        }),
    },
    prompts: {
      list: () => call('prompts.list', state.prompts),
      parse: (file: string, text: string) => promptDocument(text.match(/name: (.*)/)?.[1] ?? file, file, text),
      isPromptFile: (file: string) => file.endsWith('.prompty'),
      invalidate: () => undefined,
    },
    feedback: {
      pull: () => call('feedback.pull', { schema: 'promptratchet.pull/1', sources: [] }),
      watched: () => call('feedback.watched', []),
      variables: () => call('feedback.variables', { question: ['[x](command:evil)', 'where is it'] }),
      page: () => {
        throw new EngineError('SOURCE_FAILED', 'The log is gone. Connect it again.', { origin: 'https://a.example' });
      },
      detail: () => Promise.reject(new TypeError('a defect')),
    },
    scoring: { score: () => call('scoring.score', state.scores) },
    evaluation: {
      discover: () => call('evaluation.discover', ['good.eval.yaml', 'bad.eval.yaml']),
      load: (file: string) =>
        file === 'bad.eval.yaml'
          ? Promise.reject(new EngineError('SUITE_INVALID', 'This is no YAML.'))
          : call('evaluation.load', {
              file,
              description: null,
              prompts: [{ file: 'p.prompty', id: 'p', label: null, text: null, range: null }],
              providers: [],
              cases: [{ id: 'c1', description: 'first', vars: {}, assertions: [], threshold: null, metadata: {}, file, range: null }],
              options: { maxConcurrency: null, repeat: 1, cache: true, timeoutMs: null, delayMs: 0 },
              problems: [],
            }),
      lastHead: () => Promise.resolve(null),
      history: () => Promise.resolve([]),
      runStored: (_request: unknown, _hooks: unknown, signal: AbortSignal) =>
        new Promise((_resolve, reject) => {
          state.calls.push('evaluation.run');
          signal.addEventListener('abort', () => {
            reject(new EngineError('CANCELLED', 'Stopped.'));
          });
        }),
    },
    versions: {
      list: () => call('versions.list', { schema: 'promptratchet.versions/1', prompts: [] }),
      current: () => call('versions.current', 'v2'),
    },
    ...overrides,
  };
  return engine as unknown as Engine;
}
