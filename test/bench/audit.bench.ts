/** The audit log: one durable append to a log of 100,000 records, and the verification of all of them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { seal, toLine, zeroHash } from '../../src/engine/audit/chain.js';
import { createAuditService } from '../../src/engine/audit/service.js';
import { engineContext } from '../support/engineContext.js';
import { temporaryFolder } from '../support/temporary.js';
import { noGit } from '../support/versionWorkspace.js';

test('audit log of 100,000 records', async ({ bench }) => {
  const root = temporaryFolder();
  writeLog(root, 100_000);
  const audit = createAuditService(engineContext(root, { git: noGit }));
  const subject = { prompt: 'support/answer', version: 'v1' };
  await bench('append', async () => {
    await audit.append({ type: 'score.computed', subject });
  }).run({ iterations: 50, time: 0 });
  await bench('verify', async () => {
    await audit.verify();
  }).run({ iterations: 3, time: 0, warmupIterations: 1, warmupTime: 0 });
});

function writeLog(root: string, count: number): void {
  const lines: string[] = [];
  let prev = zeroHash;
  for (let seq = 0; seq < count; seq++) {
    const record = seal({
      v: 1,
      seq,
      ts: '2026-11-24T00:00:00.000Z',
      prev,
      actor: { kind: 'user', id: 'Ada' },
      type: seq === 0 ? 'genesis' : 'score.computed',
      subject: { prompt: 'support/answer', version: 'v1' },
      data: { mean: seq / count, n: seq },
      artifacts: {},
    });
    prev = record.hash;
    lines.push(`${toLine(record)}\n`);
  }
  mkdirSync(join(root, '.ratchet'));
  writeFileSync(join(root, '.ratchet/audit.jsonl'), lines.join(''));
  writeFileSync(join(root, '.ratchet/audit.head'), JSON.stringify({ seq: count - 1, hash: prev }));
}
