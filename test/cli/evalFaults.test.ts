/** Whatever an endpoint does, its cases end as errors with a name, the others as they would have, and the run in bounded time. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EvalDocument, SuiteReport } from '../../src/shared/evalDocument.js';
import { runCli } from '../support/cli.js';
import type { CliResult } from '../support/cli.js';
import { faults, startFaultyModel } from '../support/faultyModel.js';
import type { Fault } from '../support/faultyModel.js';
import { temporaryFolder } from '../support/temporary.js';

const model = await startFaultyModel();
afterAll(() => model.close());

/** Code and kind of each fault. */
const expected: Record<Fault, [string, string]> = {
  tooMany: ['MODEL_RATE_LIMITED', 'rate-limit'],
  tooManyWait: ['MODEL_RATE_LIMITED', 'rate-limit'],
  tooManyHour: ['MODEL_RATE_LIMITED', 'rate-limit'],
  serverError: ['MODEL_SERVER_FAILED', 'server'],
  unavailable: ['MODEL_SERVER_FAILED', 'server'],
  keyRefused: ['MODEL_KEY_REFUSED', 'auth'],
  badRequest: ['MODEL_REQUEST_REFUSED', 'bad-request'],
  hang: ['TIMEOUT', 'timeout'],
  closedInBody: ['MODEL_UNAVAILABLE', 'connection'],
  closedInChunk: ['MODEL_UNAVAILABLE', 'connection'],
  notJson: ['ANSWER_UNREADABLE', 'bad-answer'],
  noChoices: ['ANSWER_UNREADABLE', 'bad-answer'],
  noContent: ['ANSWER_EMPTY', 'bad-answer'],
  emptyBody: ['ANSWER_UNREADABLE', 'bad-answer'],
  noBody: ['ANSWER_UNREADABLE', 'bad-answer'],
  cut: ['ANSWER_CUT', 'bad-answer'],
  filtered: ['ANSWER_FILTERED', 'bad-answer'],
  wrongType: ['ANSWER_UNREADABLE', 'bad-answer'],
  errorInBody: ['ANSWER_UNREADABLE', 'bad-answer'],
  large: ['ANSWER_TOO_LARGE', 'too-large'],
  endless: ['ANSWER_TOO_LARGE', 'too-large'],
  drip: ['TIMEOUT', 'timeout'],
  dripOfBlanks: ['TIMEOUT', 'timeout'],
  reset: ['MODEL_UNAVAILABLE', 'connection'],
};

const passing = ['tooMany', 'tooManyWait', 'serverError', 'unavailable', 'closedInBody', 'closedInChunk', 'reset', 'hang'] as const;

const profile = (name: string, baseUrl: string): string =>
  `  - { name: ${name}, provider: openai, baseUrl: "${baseUrl}", model: m, concurrency: 3 }`;
const suite = (provider: string): string =>
  `prompts: ["${provider} {{m}}"]\nproviders: [${provider}]\ndefaultTest: { assert: [{ type: contains, value: question }] }\ntests:\n${['a', 'b', 'c'].map((m) => `  - vars: { m: ${m} }`).join('\n')}\n`;

describe('an endpoint that fails', () => {
  let result: CliResult;
  let suites: Map<string, SuiteReport>;

  // All at once: what one endpoint does must not matter to the others.
  beforeAll(async () => {
    const names = ['good', ...faults, ...passing.map((fault) => `${fault}Once`)];
    const addresses = [
      model.baseUrl,
      ...faults.map((fault) => model.failing(fault)),
      ...passing.map((fault) => model.failing(fault, 'once')),
    ];
    const cwd = temporaryFolder({
      '.ratchet/config.yaml': `version: 1\nmodels:\n${names.map((name, index) => profile(name, addresses[index] ?? '')).join('\n')}\n`,
      ...Object.fromEntries(names.map((name) => [`${name}.eval.yaml`, suite(name)])),
    });
    result = await runCli(['eval', '--json', '--timeout', '2', '--max-wait', '6'], { cwd });
    suites = new Map((result.json as EvalDocument).suites.map((report) => [report.suite.replace('.eval.yaml', ''), report]));
  }, 60_000);

  it.each(faults)('%s: its cases are errors with a name, and none is a failure', (fault) => {
    const report = suites.get(fault)!;
    expect(report.stats).toMatchObject({ cases: 3, passed: 0, failed: 0, errored: 3 });
    expect(report.passRate).toBeNull();
    for (const { error, status } of report.cases) {
      expect(status).toBe('error');
      expect([error?.code, error?.kind]).toEqual(expected[fault]);
      // One clear sentence that says what to do.
      expect(error?.message).toMatch(/\. [A-Z].*\.$/u);
    }
  });

  it.each(passing)('%s, once: it is asked again, and the answer counts', (fault) => {
    expect(suites.get(`${fault}Once`)!.stats).toMatchObject({ cases: 3, passed: 3, errored: 0, requests: 6 });
  });

  it('takes nothing from the others, and ends in 2', () => {
    expect(suites.get('good')!.stats).toMatchObject({ cases: 3, passed: 3 });
    expect(result.code).toBe(2);
    expect((result.json as EvalDocument).complete).toBe(true);
  });
});
