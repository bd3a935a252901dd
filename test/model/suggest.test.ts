/**
 * The sample's two ends with the real local model: the routing prompt that chats gets a certified suggestion, the good one a refusal with
 * its reason. Answers are kept between runs beside the model, so that only a first run takes minutes.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { llamaProblem } from '../../src/platform/llama/client.js';
import type { SuggestionDocument } from '../../src/shared/suggestionDocument.js';
import { distDir, runCli } from '../support/cli.js';
import { bringAnswers, keepAnswers } from '../support/modelAnswers.js';
import { makeRepository } from '../support/repository.js';

const profile = { name: 'local', provider: 'llama' as const, model: 'qwen2.5-coder-0.5b-instruct-q4_k_m.gguf', params: {} };
const missing = llamaProblem(profile, { root: '/', env: process.env, workerPath: join(distDir, 'llamaWorker.js') });

describe.skipIf(missing !== null && process.env['CI'] !== 'true')('the sample with the local model', () => {
  // One workspace for both tests, so that the model's answers can be kept after them.
  const root = mkdtempSync(join(tmpdir(), 'ratchet-sample-'));
  const cli = (...args: string[]) => runCli(args, { cwd: root });

  beforeAll(async () => {
    expect(missing).toBeNull();
    expect(await cli('init', '--sample')).toMatchObject({ code: 0 });
    makeRepository(root);
    bringAnswers(root);
    expect(await cli('pull')).toMatchObject({ code: 0 });
  });

  afterAll(() => {
    keepAnswers(root);
    rmSync(root, { recursive: true, force: true });
  });

  it('certifies an edit of the routing prompt that chats, for the reason that its comments name', async () => {
    const { code, json } = await cli('suggest', 'support/triage', '--budget', 'quick', '--json');
    const document = json as SuggestionDocument;
    expect([code, document.verdict, document.reason]).toEqual([
      0,
      'certified',
      expect.stringMatching(/^The edit is better: on \d\d held-out cases/u),
    ]);
    expect(document.certificate?.lo).toBeGreaterThan(0.15);
    expect(document.certificate?.heldOut.cases).toBeGreaterThanOrEqual(24);
    expect(document.spent.calls).toBeLessThanOrEqual(200);
    expect(document.edits.every((edit) => edit.why.theme !== null && edit.why.evidence.length > 0)).toBe(true);
  });

  it('refuses to touch the prompt that is good already', async () => {
    const { code, json } = await cli('suggest', 'orders/find-order', '--budget', 'quick', '--json');
    expect([code, json]).toEqual([
      1,
      expect.objectContaining({
        verdict: 'no-headroom',
        certificate: null,
        diff: '',
        reason: expect.stringMatching(/already scores \d+ %/u) as string,
      }),
    ]);
  });
});
