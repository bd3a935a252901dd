/** Judges over models that a test decides, for one assertion at a time. */
import type { ModelProfile, WorkspaceConfig } from '../../src/engine/config/types.js';
import { evaluateAssertion } from '../../src/engine/evaluation/assertions/evaluate.js';
import type { AssertionInput } from '../../src/engine/evaluation/assertions/types.js';
import { CostCap } from '../../src/engine/evaluation/budget.js';
import { Judges } from '../../src/engine/evaluation/judges/judges.js';
import type { CaseJudges } from '../../src/engine/evaluation/judges/judges.js';
import type { Assertion, EvalCase } from '../../src/engine/evaluation/types.js';
import type { ChatRequest, Models } from '../../src/engine/ports.js';
import type { AssertionResult } from '../../src/shared/evalDocument.js';
import { engineContext } from './engineContext.js';
import { plainCode } from './evaluationWorkspace.js';
import { fakeModels, memoryCache } from './fakeModels.js';

const price = { in: 1, out: 2 };
export const judgeProfiles: ModelProfile[] = [
  { name: 'strict', provider: 'openai', model: 'j1', baseUrl: 'http://127.0.0.1:1/v1', params: {}, price },
  { name: 'other', provider: 'openai', model: 'j2', baseUrl: 'http://127.0.0.1:1/v1', params: {}, price },
  { name: 'vectors', provider: 'openai', api: 'embeddings', model: 'e', baseUrl: 'http://127.0.0.1:1/v1', params: {}, price },
];

export interface JudgeWorld {
  models: Models & { asked: ChatRequest[]; embedded: string[][] };
  cache: ReturnType<typeof memoryCache>;
  judges: CaseJudges;
  forCase(settings: EvalCase['judge'], repeat?: number): CaseJudges;
  evaluate(assertion: Partial<Assertion> & { type: string }, input?: Partial<AssertionInput>): Promise<AssertionResult>;
}

type Answer = (request: ChatRequest, profile: ModelProfile) => string | Error | Promise<string>;

export function judgeWorld(
  answer: Answer,
  options: {
    defaults?: WorkspaceConfig['defaults'];
    embed?: (text: string) => number[];
    maxCost?: number;
    models?: Models;
    profiles?: ModelProfile[];
  } = {},
): JudgeWorld {
  const fake = fakeModels((request, profile) => answer(request, profile));
  const embedded: string[][] = [];
  const { embed } = options;
  const client: Models['client'] = async (profile) => {
    const made = await fake.client(profile);
    if (profile.api !== 'embeddings' || embed === undefined) return made;
    return {
      ...made,
      embed: (texts) => {
        embedded.push([...texts]);
        return Promise.resolve({ vectors: texts.map(embed), tokensIn: 7 });
      },
    };
  };
  const models = Object.assign(options.models ?? { ...fake, client }, { asked: fake.asked, embedded });
  const cache = memoryCache();
  const context = engineContext('/workspace', { models, cache, code: plainCode });
  const config = {
    models: options.profiles ?? judgeProfiles,
    defaults: options.defaults ?? { judge: 'strict', embedding: 'vectors' },
  } as WorkspaceConfig;
  const all = new Judges({
    context,
    config,
    suiteFile: 'a.eval.yaml',
    cap: new CostCap(options.maxCost ?? null),
    readCache: true,
    timeoutMs: null,
  });
  const forCase: JudgeWorld['forCase'] = (settings, repeat = 1) => all.forCase(settings, repeat);
  const judges = forCase(undefined);
  const evaluate: JudgeWorld['evaluate'] = (assertion, input = {}) => {
    const { type } = assertion;
    const negate = type.startsWith('not-');
    const whole = {
      value: null,
      threshold: null,
      weight: 1,
      metric: null,
      range: null,
      ...assertion,
      type: negate ? type.slice(4) : type,
      negate,
    };
    const about = { output: 'the answer', vars: {}, latencyMs: 1, prompt: 'the question', ...input };
    return evaluateAssertion(whole, about, { code: plainCode, trusted: () => true, judge: forCase(about.judge) });
  };
  return { models, cache, judges, forCase, evaluate };
}

export const lastMessage = (request: ChatRequest): string => request.messages.at(-1)?.content ?? '';
