import { describe, expect, it } from 'vitest';
import type { AuditService, ConfigService, EvaluationService, FeedbackService, PromptService } from '../../../src/engine/api.js';
import { runDoctor } from '../../../src/engine/doctor.js';
import type { Models } from '../../../src/engine/ports.js';
import type { ProbeResult } from '../../../src/engine/feedback/sources/source.js';
import { engineContext } from '../../support/engineContext.js';
import { temporaryFolder } from '../../support/temporary.js';

const found = (more: Partial<ProbeResult>): ProbeResult => ({
  ok: false,
  failed: null,
  detail: 'x',
  todo: null,
  version: null,
  caps: [],
  ...more,
});

async function check(result: ProbeResult): Promise<unknown> {
  const context = engineContext(temporaryFolder(), { models: {} as Models });
  const sources = [{ name: 'team', kind: 'phoenix', url: 'http://127.0.0.1:6006' }];
  const services = {
    config: { load: () => Promise.resolve({ config: { sources, models: [] }, problems: [] }) } as unknown as ConfigService,
    prompts: { list: () => Promise.resolve([]) } as unknown as PromptService,
    feedback: { probe: () => Promise.resolve(result) } as unknown as FeedbackService,
    evaluation: { discover: () => Promise.resolve([]) } as unknown as EvaluationService,
    audit: { verify: () => Promise.resolve({ status: 'empty', message: 'empty' }) } as unknown as AuditService,
  };
  const { checks } = await runDoctor(context, services);
  return checks.find(({ name }) => name === 'source team');
}

describe('the doctor', () => {
  it.each([
    ['config', 'settings: it answers with a web page'],
    ['name', 'name resolution: it answers with a web page'],
    ['tls', 'encryption (TLS): it answers with a web page'],
    ['auth', 'key: it answers with a web page'],
    ['data', 'records: it answers with a web page'],
  ] as const)('names the step of a source that fails: %s', async (failed, detail) => {
    const result = found({ failed, detail: 'it answers with a web page', todo: 'Check the address.' });
    expect(await check(result)).toEqual({ name: 'source team', ok: false, detail, todo: 'Check the address.' });
  });

  it('says what it found, and always what to do', async () => {
    expect(await check(found({ ok: true, detail: 'Phoenix 20' }))).toEqual({
      name: 'source team',
      ok: true,
      detail: 'Phoenix 20',
      todo: null,
    });
    expect(await check(found({ failed: 'data' }))).toMatchObject({ todo: 'Check the source team in .ratchet/config.yaml.' });
  });
});
