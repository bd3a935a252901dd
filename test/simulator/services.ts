/** The engine's services as far as the optimizer needs them, over a simulated world. */
import type {
  AuditService,
  ConfigService,
  EngineContext,
  EvaluationService,
  FeedbackService,
  PromptService,
  ScoreService,
  VersionService,
} from '../../src/engine/api.js';
import { EngineError } from '../../src/engine/errors.js';
import type { EvalCase, EvalRequest, Suite } from '../../src/engine/evaluation/types.js';
import type { ModelClient } from '../../src/engine/ports.js';
import type { ModelProfile } from '../../src/engine/config/types.js';
import { messageText } from '../../src/engine/prompts/edit.js';
import { parsePrompt } from '../../src/engine/prompts/parse.js';
import type { Theme } from '../../src/shared/documents.js';
import type { CaseResult, EvalDocument } from '../../src/shared/evalDocument.js';
import { memoryDocuments, MemoryFiles, memoryLocks, silentLogger, stillClock } from './memory.js';
import { hash, unit, type World } from './world.js';

export const PROMPT_FILE = 'prompts/route.prompty';
export const PROMPT_ID = 'prompts/route';
export const SUITE_FILE = 'prompts/route.eval.yaml';
export const PROMPT_TEXT = `---
description: Routes messages
---
system:
You are a friendly agent of the support desk.
Explain your reasoning in detail.
Say which team should take the message.

user:
{{message}}
`;

export interface Faults {
  /** Share of calls that end in a fault. */
  share?: number;
  /** Throws after this many evaluations, as if the process had died. */
  dieAfterRuns?: number;
  /** Called before each evaluation. */
  beforeRun?: (run: number) => void;
}

export interface SimulationOptions {
  text?: string;
  faults?: Faults;
  themes?: Theme[];
  examples?: Awaited<ReturnType<FeedbackService['examples']>>;
  /** Answers of a model for reflection; without them none is configured. */
  reflection?: (request: string) => string;
  metadata?: (index: number) => Record<string, unknown>;
}

const PROFILE: ModelProfile = { name: 'simulated', provider: 'llama', model: 'simulated', params: {} };
const REFLECTOR: ModelProfile = { name: 'reflector', provider: 'openai', model: 'reflector', params: {} };

export class Simulation {
  readonly files = new MemoryFiles();
  private readonly locks = memoryLocks();
  readonly audit: { type: string; subject: Record<string, string | null>; data?: Record<string, unknown> }[] = [];
  readonly suite: Suite;
  /** Answers that were really asked of the model. */
  calls = 0;
  runs = 0;
  private readonly cache = new Map<string, string>();

  constructor(
    readonly world: World,
    readonly options: SimulationOptions = {},
  ) {
    this.files.files.set(`/w/${PROMPT_FILE}`, options.text ?? PROMPT_TEXT);
    this.suite = {
      file: SUITE_FILE,
      description: null,
      prompts: [{ file: PROMPT_FILE, id: PROMPT_ID, label: null, text: null, range: null }],
      providers: [{ id: PROFILE.name, label: null, config: {}, range: null }],
      cases: world.cases.map((item, i) => this.caseOf(item, i)),
      options: { maxConcurrency: null, repeat: 1, cache: true, timeoutMs: null, delayMs: 0 },
      problems: [],
    };
  }

  get context(): EngineContext {
    const unused = (): never => {
      throw new Error('not part of the simulation');
    };
    return {
      root: '/w',
      options: { root: '/w', trusted: true },
      isTrusted: () => true,
      ports: {
        fs: this.files,
        locks: this.locks,
        documents: memoryDocuments(this.files),
        git: {
          root: () => Promise.resolve(null),
          busy: () => Promise.resolve(null),
          commit: unused,
          userName: () => Promise.resolve('tester'),
        },
        models: { client: (profile) => Promise.resolve(this.client(profile)), probe: unused, close: () => Promise.resolve() },
        http: { request: unused, key: unused, expand: unused },
        databases: { open: unused, close: () => Promise.resolve() },
        cache: { get: () => Promise.resolve(null), set: () => Promise.resolve(), close: () => Promise.resolve() },
        code: { call: unused, program: unused, javascript: unused, regex: unused, close: () => Promise.resolve() },
        feedbackStore: { close: () => Promise.resolve() } as unknown as EngineContext['ports']['feedbackStore'],
        clock: stillClock,
        entropy: { randomHex: (bytes) => '0'.repeat(2 * bytes) },
        logger: silentLogger,
      },
    };
  }

  get services() {
    return {
      config: this.config,
      prompts: this.prompts,
      versions: this.versions,
      feedback: this.feedback,
      scoring: this.scoring,
      evaluation: this.evaluation,
      audit: this.auditService,
    };
  }

  /** Corrections that people gave for messages that are in no suite. */
  static corrections(world: World, count: number): Awaited<ReturnType<FeedbackService['examples']>> {
    return Array.from({ length: count }, (_, i) => {
      const item = world.message(`feedback ${String(i)}`);
      return {
        feedbackIds: [`f${String(i)}`],
        variables: { message: item.message },
        output: 'Sure, happy to help!',
        corrected: item.label,
        raters: 1,
        y: 0.2,
      };
    });
  }

  private caseOf(item: { message: string; label: string }, index: number): EvalCase {
    const id = hash(`${item.message} ${item.label}`).toString(16).padStart(12, '0');
    const assertion = { type: 'equals', negate: false, value: item.label, threshold: null, weight: 1, metric: null, range: null };
    return {
      id,
      description: null,
      vars: { message: item.message },
      assertions: [assertion],
      threshold: null,
      metadata: this.options.metadata?.(index) ?? {},
      file: SUITE_FILE,
      range: null,
    };
  }

  private client(profile: ModelProfile): ModelClient {
    return {
      profile,
      deterministic: profile.name === PROFILE.name && this.world.deterministic,
      chat: (request) => {
        const text = this.options.reflection?.(request.messages.map((message) => message.content).join('\n')) ?? '';
        return Promise.resolve({ text, finishReason: 'stop', tokensIn: 100, tokensOut: 20, latencyMs: 1, recorded: false });
      },
      close: () => Promise.resolve(),
    };
  }

  private readonly config: ConfigService = {
    load: () => {
      const reflects = this.options.reflection !== undefined;
      const models = reflects ? [PROFILE, REFLECTOR] : [PROFILE];
      return Promise.resolve({
        config: {
          version: 1,
          threshold: 0.7,
          prompts: null,
          sources: [],
          redaction: { kinds: [], patterns: [] },
          retention: { interactionDays: null, feedbackDays: null },
          models,
          defaults: { model: PROFILE.name, ...(reflects ? { reflection: REFLECTOR.name } : {}) },
        },
        problems: [],
      });
    },
    withSource: () => Promise.reject(new Error('not part of the simulation')),
    withModel: () => Promise.reject(new Error('not part of the simulation')),
    write: () => Promise.resolve(),
  };

  readonly prompts: PromptService = {
    list: async () => [await this.prompts.get(PROMPT_ID)],
    get: async () => parsePrompt(PROMPT_FILE, await this.files.read(`/w/${PROMPT_FILE}`)),
    parse: (file, text) => parsePrompt(file, text),
    isPromptFile: () => true,
    render: (document, vars) => ({
      messages: document.messages.map((message, index) => ({
        role: message.role,
        content: messageText(document, index).replace(/\{\{\s*(\w+)\s*\}\}/gu, (_whole, name: string) => {
          if (!Object.hasOwn(vars, name)) throw new EngineError('VARIABLE_MISSING', `The variable ${name} is missing.`);
          return String(vars[name]);
        }),
      })),
    }),
    invalidate: () => undefined,
  };

  private readonly versions: VersionService = {
    list: () =>
      Promise.resolve({
        schema: 'promptratchet.versions/1',
        prompts: [{ prompt: PROMPT_ID, file: PROMPT_FILE, working: 'v1', versions: this.versionEntries() }],
      }),
    content: () => Promise.resolve(this.options.text ?? PROMPT_TEXT),
    snapshot: () => Promise.reject(new Error('not part of the simulation')),
    create: async (request) => {
      await this.files.write(`/w/${PROMPT_FILE}`, request.text);
      const { sha256 } = parsePrompt(PROMPT_FILE, request.text);
      for (const record of request.records ?? []) this.audit.push({ ...record, subject: { ...record.subject, version: 'v2' } });
      return {
        schema: 'promptratchet.version/1',
        prompt: PROMPT_ID,
        version: 'v2',
        sha256,
        parent: 'v1',
        file: PROMPT_FILE,
        commit: null,
        why: request.why,
        note: null,
      };
    },
    rollback: () => Promise.reject(new Error('not part of the simulation')),
    diff: () => Promise.resolve(''),
    bySha256: () => Promise.resolve(new Map()),
    current: () => Promise.resolve('v1'),
  };

  private versionEntries() {
    const { sha256 } = parsePrompt(PROMPT_FILE, this.options.text ?? PROMPT_TEXT);
    return [
      {
        version: 'v1',
        sha256,
        parent: null,
        time: '2026-11-24T08:00:00Z',
        author: null,
        why: 'initial' as const,
        file: 'v1',
        commit: null,
        pointers: ['latest'],
        evidence: null,
      },
    ];
  }

  private readonly feedback = {
    examples: () => Promise.resolve(this.options.examples ?? []),
    detail: (id: string) =>
      Promise.resolve({
        row: {
          id,
          time: '',
          source: '',
          line: null,
          prompt: PROMPT_ID,
          version: 'v1',
          link: 'exact',
          signal: 'explicit.comment',
          actor: 'end_user',
          user: null,
          y: 0,
          raw: 0,
          label: null,
          text: this.themes().find((theme) => theme.examples.includes(id))?.label ?? null,
          correction: null,
          interaction: null,
        },
        interaction: null,
        others: [],
      }),
  } as unknown as FeedbackService;

  private readonly scoring: ScoreService = {
    score: () =>
      Promise.resolve({
        schema: 'promptratchet.score/1',
        asOf: '2026-11-24T08:00:00Z',
        threshold: 0.7,
        prompts: [
          {
            prompt: PROMPT_ID,
            current: 'v1',
            versions: [
              {
                version: 'v1',
                sha256: null,
                status: 'low',
                channel: null,
                score: null,
                channels: {
                  explicit: null,
                  expert: null,
                  judge: null,
                  implicit: {},
                  system: { interactions: 0, errorRate: null, retryRate: null, latencyMs: null },
                },
                responseRate: null,
                bounds: null,
                trend: [],
                themes: this.themes(),
                segments: [],
              },
            ],
          },
        ],
        unattributed: { none: 0, ambiguous: 0 },
        rejected: [],
      }),
  };

  private themes(): Theme[] {
    return (
      this.options.themes ?? [
        { id: 't1', label: 'too long, just give the label', users: 30, share: 0.6, examples: ['f1', 'f2'], segments: [] },
      ]
    );
  }

  private readonly auditService: AuditService = {
    append: (entry) => {
      this.audit.push(entry);
      return Promise.resolve({
        v: 1,
        seq: this.audit.length,
        ts: '',
        prev: '',
        actor: { kind: 'user', id: '' },
        type: entry.type,
        subject: entry.subject,
        data: entry.data ?? {},
        artifacts: {},
        hash: '',
      });
    },
    verify: () => Promise.reject(new Error('not part of the simulation')),
    entries: () => Promise.resolve([]),
  };

  readonly evaluation: EvaluationService = {
    discover: () => Promise.resolve([SUITE_FILE]),
    load: () => Promise.resolve(this.suite),
    suitesOf: () => Promise.resolve([SUITE_FILE]),
    plan: () => Promise.resolve({ suites: [], requests: 0, tokens: { in: 0, out: 0 }, cost: 0 }),
    lastRun: () => Promise.resolve(null),
    lastHead: () => Promise.resolve(null),
    lastRows: () => Promise.resolve(null),
    caseDetail: () => Promise.resolve(null),
    history: () => Promise.resolve([]),
    health: () => Promise.resolve([]),
    rendered: () => Promise.resolve([]),
    runStored: () => Promise.reject(new Error('not part of the simulation')),
    run: (request, _hooks, signal) => {
      this.runs += 1;
      this.options.faults?.beforeRun?.(this.runs);
      if (signal?.aborted === true) return Promise.reject(new EngineError('CANCELLED', 'Stopped.'));
      if (this.runs > (this.options.faults?.dieAfterRuns ?? Infinity))
        return Promise.reject(new EngineError('MODEL_UNAVAILABLE', 'The model process ended.'));
      return Promise.resolve(this.evaluate(request));
    },
  };

  private evaluate(request: EvalRequest): EvalDocument {
    const text = request.override?.[PROMPT_ID]?.text ?? this.options.text ?? PROMPT_TEXT;
    const document = parsePrompt(PROMPT_FILE, text);
    const wanted = new Set(request.cases);
    const cases: CaseResult[] = [];
    this.suite.cases.forEach((item, index) => {
      const source = this.world.cases[index];
      if (!wanted.has(item.id) || source === undefined) return;
      const prompt = this.prompts.render(document, item.vars).messages[0]?.content ?? '';
      for (let repeat = 1; repeat <= (request.repeat ?? 1); repeat++)
        cases.push(this.result(item, this.ask(prompt, source, repeat, request.noCache === true), repeat));
    });
    const passed = cases.filter((result) => result.status === 'pass').length;
    const errored = cases.filter((result) => result.status === 'error').length;
    return {
      schema: 'promptratchet.eval/1',
      run: `r-${String(this.runs)}`,
      complete: true,
      suites: [
        {
          suite: SUITE_FILE,
          columns: [{ id: 'c1', prompt: PROMPT_ID, version: 'working', provider: PROFILE.name, passRate: null, recorded: false }],
          stats: {
            cases: cases.length,
            passed,
            failed: cases.length - passed - errored,
            errored,
            cached: 0,
            requests: cases.length,
            notEvaluated: 0,
            seconds: 0,
            tokens: { in: 10 * cases.length, out: cases.length },
            cost: null,
          },
          passRate: null,
          cases,
          metrics: {},
          health: [],
          baseline: null,
        },
      ],
    };
  }

  private ask(prompt: string, source: { message: string; label: string }, repeat: number, fresh: boolean): string | null {
    const key = JSON.stringify([prompt, source.message, repeat]);
    const known = fresh ? undefined : this.cache.get(key);
    if (known !== undefined) return known;
    this.calls += 1;
    if (unit(`fault ${key}`) < (this.options.faults?.share ?? 0)) return null;
    const answer = this.world.answer(prompt, source, repeat);
    this.cache.set(key, answer);
    return answer;
  }

  private result(item: EvalCase, output: string | null, repeat: number): CaseResult {
    const pass = output === item.assertions[0]?.value;
    const status = output === null ? 'error' : pass ? 'pass' : 'fail';
    const error = output === null ? { code: 'TIMEOUT', message: 'The model did not answer in time.' } : null;
    return {
      id: item.id,
      description: null,
      column: 'c1',
      repeat,
      vars: item.vars,
      status,
      score: output === null ? null : Number(pass),
      reason: '',
      output,
      assertions: [],
      latencyMs: 1,
      cached: false,
      cost: null,
      error,
    };
  }
}
