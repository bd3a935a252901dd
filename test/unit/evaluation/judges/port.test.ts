import { afterEach, describe, expect, it } from 'vitest';
import { createOpenaiClient } from '../../../../src/platform/openai/client.js';
import type { ModelProfile } from '../../../../src/engine/config/types.js';
import { EngineError } from '../../../../src/engine/errors.js';
import type { Models } from '../../../../src/engine/ports.js';
import { completion, sendJson, startEndpoint } from '../../../support/fakeOpenai.js';
import type { Behaviour, FaultyEndpoint } from '../../../support/fakeOpenai.js';
import { judgeProfiles, judgeWorld } from '../../../support/judgeWorld.js';

const good = '{"reason": "fine", "pass": true, "score": 1}';
const rubric = { type: 'llm-rubric', value: 'is polite' };

describe('who judges', () => {
  it('is named by the assertion, else by the test, else by the configuration', async () => {
    const asked: string[] = [];
    const world = judgeWorld((_request, profile) => {
      asked.push(profile.name);
      return good;
    });
    await world.evaluate(rubric);
    await world.evaluate({ ...rubric, value: 'b' }, { judge: { provider: 'other' } });
    await world.evaluate(
      { ...rubric, value: 'c', provider: { id: 'strict', config: { temperature: 0 } } },
      { judge: { provider: 'other' } },
    );
    await world.evaluate({ ...rubric, value: 'd', provider: { text: 'other', embedding: 'vectors' } });
    await world.evaluate({ ...rubric, value: 'e', provider: 'vectors' });
    await world.evaluate({ ...rubric, value: 'f', provider: { other: { config: {} } } });
    expect(asked).toEqual(['strict', 'other', 'strict', 'other', 'strict', 'other']);
  });

  it('is nobody where none is named, and the reason says what to set', async () => {
    const world = judgeWorld(() => good, { defaults: {} });
    const result = await world.evaluate(rubric);
    expect(result).toMatchObject({ evaluated: false, pass: false });
    expect(result.reason).toContain('defaults: { judge: NAME }');
    expect(result.error).toBeUndefined();
    const similar = await world.evaluate({ type: 'similar', value: 'x' });
    expect(similar.reason).toContain('defaults: { embedding: NAME }');
    const gone = judgeWorld(() => good, { defaults: { judge: 'gone' } });
    expect((await gone.evaluate(rubric)).reason).toContain('"gone"');
    const unknown = await world.evaluate({ ...rubric, provider: 'nobody:knows' });
    expect(unknown).toMatchObject({ evaluated: false, error: { code: 'MODEL_NOT_CONFIGURED' } });
  });
});

describe('an answer that cannot be read', () => {
  it('is asked for once more, with what was wrong', async () => {
    const world = judgeWorld(() => (world.models.asked.length === 1 ? 'It passes.' : good));
    expect(await world.evaluate(rubric)).toMatchObject({ pass: true, evaluated: true });
    expect(world.models.asked).toHaveLength(2);
    const again = world.models.asked[1]!.messages;
    expect(again.at(-2)).toEqual({ role: 'assistant', content: 'It passes.' });
    expect(again.at(-1)!.content).toContain('no JSON object');
    // The good answer is the one that is kept, so that the next run asks nothing.
    await world.evaluate(rubric);
    expect(world.models.asked).toHaveLength(2);
  });

  it('is an error after that, and neither a pass nor a fail; and it is not kept', async () => {
    const world = judgeWorld(() => 'Certainly! It passes.');
    for (const type of ['llm-rubric', 'not-llm-rubric']) {
      expect(await world.evaluate({ ...rubric, type })).toMatchObject({
        evaluated: false,
        pass: false,
        error: { code: 'JUDGE_UNREADABLE' },
      });
    }
    expect(world.models.asked).toHaveLength(4);
    expect(world.cache.entries.size).toBe(0);
  });
});

describe('what judges take', () => {
  it('is counted: requests, tokens and cost; nothing from the cache', async () => {
    const world = judgeWorld(() => (world.models.asked.length === 1 ? 'nothing' : good));
    const first = world.forCase(undefined);
    const question = { messages: [{ role: 'user' as const, content: 'q' }], read: (text: string) => text };
    await first.ask(question);
    expect(first.spent).toEqual({ requests: 1, tokensIn: 100, tokensOut: 10, cost: 0.00012 });
    const second = world.forCase(undefined);
    const { use } = await second.ask(question);
    expect(use.cached).toBe(true);
    expect(second.spent).toEqual({ requests: 0, tokensIn: 0, tokensOut: 0, cost: 0 });
    expect(second.used).toBe(true);
  });

  it('asks repeats apart, and equal questions at once only once', async () => {
    const world = judgeWorld(() => Promise.resolve(good));
    const question = { messages: [{ role: 'user' as const, content: 'q' }], read: (text: string) => text };
    await Promise.all([1, 1, 1, 2].map((repeat) => world.forCase(undefined, repeat).ask(question)));
    expect(world.models.asked.map(({ repeat }) => repeat)).toEqual([1, 2]);
  });

  it('stays within the cost limit', async () => {
    const world = judgeWorld(() => good, { maxCost: 0.000001 });
    expect(await world.evaluate(rubric)).toMatchObject({ evaluated: false, error: { code: 'COST_LIMIT' } });
    expect(world.models.asked).toHaveLength(0);
  });

  it('tells the faults of a judge from those of the answer', async () => {
    const world = judgeWorld(() => new EngineError('MODEL_KEY_REFUSED', 'gateway: no. Check the key.', { retryable: false }));
    const result = await world.evaluate(rubric);
    expect(result).toMatchObject({ evaluated: false, error: { code: 'MODEL_KEY_REFUSED' } });
    expect(result.reason).toContain('The judge strict: gateway');
  });
});

describe('over an endpoint', () => {
  const open: FaultyEndpoint[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((endpoint) => endpoint.close()));
  });

  async function world(behave: Behaviour) {
    const endpoint = await startEndpoint(behave);
    open.push(endpoint);
    const profiles = judgeProfiles.map((profile) => ({ ...profile, baseUrl: endpoint.baseUrl }));
    const made = new Map<string, ReturnType<typeof createOpenaiClient>>();
    const client = (profile: ModelProfile) => {
      const known = made.get(profile.name) ?? createOpenaiClient(profile, {});
      made.set(profile.name, known);
      return Promise.resolve(known);
    };
    const models = { client, probe: () => Promise.reject(new Error('no')), close: () => Promise.resolve() } satisfies Models;
    return { endpoint, ...judgeWorld(() => good, { models, profiles }) };
  }
  const bodies = (endpoint: FaultyEndpoint): Record<string, unknown>[] =>
    endpoint.received.map(({ body }) => JSON.parse(body) as Record<string, unknown>);

  it('is held to a schema where the endpoint takes one', async () => {
    const { endpoint, evaluate } = await world((response) => sendJson(response, 200, completion(good)));
    expect(await evaluate(rubric)).toMatchObject({ pass: true, judge: { model: 'strict' } });
    expect(bodies(endpoint)[0]).toMatchObject({
      response_format: { type: 'json_schema', json_schema: { strict: true, schema: { required: ['reason', 'pass', 'score'] } } },
    });
  });

  it('goes on without where it is refused, and remembers that', async () => {
    const { endpoint, evaluate } = await world((response, { body }) => {
      if (body.includes('response_format'))
        sendJson(response, 400, '{"error": {"message": "This response_format type is unavailable now"}}');
      else sendJson(response, 200, completion('```json\n{"pass": false, "score": 0, "reason": "no"}\n```'));
    });
    const both = await Promise.all([evaluate(rubric), evaluate({ ...rubric, value: 'another' })]);
    expect(both).toMatchObject([
      { pass: false, evaluated: true },
      { pass: false, evaluated: true },
    ]);
    expect(await evaluate({ ...rubric, value: 'a third' })).toMatchObject({ pass: false, evaluated: true });
    expect(bodies(endpoint).map((body) => 'response_format' in body)).toEqual([true, false, false, false]);
  });

  it('ends in the fault where the request is refused for another reason', async () => {
    const { endpoint, evaluate } = await world((response) => {
      sendJson(response, 400, '{"error": {"message": "temperature must be 1"}}');
    });
    expect(await evaluate(rubric)).toMatchObject({ evaluated: false, error: { code: 'MODEL_REQUEST_REFUSED' } });
    expect(endpoint.received).toHaveLength(1);
  });

  it.each<[string, Behaviour, string]>([
    ['invalid JSON', (response) => sendJson(response, 200, completion('{"pass": tru')), 'JUDGE_UNREADABLE'],
    ['words', (response) => sendJson(response, 200, completion('I think so.')), 'JUDGE_UNREADABLE'],
    ['another shape', (response) => sendJson(response, 200, completion('{"verdict": "good"}')), 'JUDGE_UNREADABLE'],
    ['two verdicts', (response) => sendJson(response, 200, completion('{"pass": true} {"pass": false}')), 'JUDGE_UNREADABLE'],
    ['a wrong key', (response) => sendJson(response, 401, '{"error": {"message": "no"}}'), 'MODEL_KEY_REFUSED'],
    ['no choices', (response) => sendJson(response, 200, '{"choices": []}'), 'ANSWER_UNREADABLE'],
  ])('%s is an error of the case', async (_name, behave, code) => {
    const { evaluate } = await world(behave);
    const result = await evaluate(rubric);
    expect(result).toMatchObject({ evaluated: false, pass: false, error: { code } });
    expect(result.reason).toContain('strict');
  });

  it('makes vectors', async () => {
    const { endpoint, evaluate } = await world((response, { body }) => {
      const { input } = JSON.parse(body) as { input: string[] };
      const data = input.map((text, index) => ({ object: 'embedding', index, embedding: text === 'the answer' ? [1, 0] : [0.6, 0.8] }));
      sendJson(response, 200, JSON.stringify({ object: 'list', data, usage: { prompt_tokens: 4, total_tokens: 4 } }));
    });
    expect(await evaluate({ type: 'similar', value: 'near', threshold: 0.6 })).toMatchObject({ pass: true, judge: { model: 'vectors' } });
    expect(endpoint.received).toHaveLength(1);
    expect(endpoint.received[0]!.url).toBe('/v1/embeddings');
  });
});
