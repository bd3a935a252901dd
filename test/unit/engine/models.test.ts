import { afterEach, describe, expect, it } from 'vitest';
import { addModel } from '../../../src/engine/config/withSource.js';
import type { ModelProfile } from '../../../src/engine/config/types.js';
import { createModelService } from '../../../src/engine/models/service.js';
import { createModels } from '../../../src/platform/models.js';
import { engineContext } from '../../support/engineContext.js';
import { completion, sendJson, startEndpoint } from '../../support/fakeOpenai.js';
import type { Behaviour, FaultyEndpoint } from '../../support/fakeOpenai.js';
import { temporaryFolder } from '../../support/temporary.js';

const endpoints: FaultyEndpoint[] = [];
afterEach(async () => {
  await Promise.all(endpoints.splice(0).map((endpoint) => endpoint.close()));
});

async function serviceOver(behave: Behaviour, trusted = true) {
  const endpoint = await startEndpoint(behave);
  endpoints.push(endpoint);
  const root = temporaryFolder();
  const silent = (): void => undefined;
  const logger = { debug: silent, info: silent, warn: silent, error: silent };
  const models = createModels({ root, env: {}, distDir: root, logger, trusted: () => trusted, confirmedOrigins: () => [] });
  const profile: ModelProfile = { name: 'm', provider: 'openai', model: 'm', baseUrl: endpoint.baseUrl, params: {} };
  return { service: createModelService(engineContext(root, { models, trusted })), profile, endpoint };
}

describe('adding a model', () => {
  it('lists what the endpoint has and asks one short question', async () => {
    const { service, profile, endpoint } = await serviceOver((response, { url }) => {
      sendJson(response, 200, url === '/v1/models' ? '{"data":[{"id":"b"},{"id":"a"},{}]}' : completion('ready'));
    });
    expect(await service.list(profile)).toEqual(['a', 'b']);
    expect(await service.test(profile)).toMatchObject({ ok: true, detail: 'ready', failed: null, tokensIn: 7, tokensOut: 3 });
    expect(endpoint.received).toHaveLength(2);
  });

  it('says what stands in the way, and asks nobody who was not named', async () => {
    const { service, profile, endpoint } = await serviceOver((response) => {
      sendJson(response, 401, '{"error":{"message":"no"}}');
    });
    await expect(service.list(profile)).rejects.toMatchObject({ code: 'MODEL_KEY_REFUSED' });
    expect(await service.test(profile)).toMatchObject({ ok: false, failed: 'MODEL_KEY_REFUSED', detail: expect.stringContaining('key') });
    const far = { ...profile, baseUrl: 'https://far.example/v1' };
    await expect(service.list(far)).rejects.toMatchObject({ code: 'ORIGIN_NOT_CONFIRMED' });
    expect(await service.test(far)).toMatchObject({ ok: false, failed: 'ORIGIN_NOT_CONFIRMED' });
    const before = endpoint.received.length;
    const untrusted = await serviceOver(() => undefined, false);
    expect(await untrusted.service.servers()).toEqual([]);
    await expect(untrusted.service.list(untrusted.profile)).rejects.toMatchObject({ code: 'UNTRUSTED_WORKSPACE' });
    expect(endpoint.received).toHaveLength(before);
  });

  it('is an edit of config.yaml that keeps everything else', () => {
    const model: ModelProfile = { name: 'new', provider: 'openai', model: 'a/b', baseUrl: 'http://127.0.0.1:1/v1', params: {} };
    const written = '  - name: new\n    provider: openai\n    model: a/b\n    baseUrl: http://127.0.0.1:1/v1\n';
    expect(addModel('', model)).toBe(`version: 1\nmodels:\n${written}`);
    const before = '# mine\nversion: 1\nmodels:\n  - name: old # keep\n    provider: echo\nsources: []\n';
    expect(addModel(before, model)).toBe(`# mine\nversion: 1\nmodels:\n  - name: old # keep\n    provider: echo\n${written}sources: []\n`);
    expect(() => addModel('models: [', model)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('model') }),
    );
  });
});
