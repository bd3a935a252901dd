import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createAuditService } from '../../src/engine/audit/service.js';
import { runCli } from '../support/cli.js';
import { engineContext } from '../support/engineContext.js';
import { temporaryFolder } from '../support/temporary.js';

async function filled() {
  const root = temporaryFolder();
  const audit = createAuditService(engineContext(root));
  for (const version of ['v1', 'v2', 'v3']) {
    await audit.append({
      type: 'prompt.version.created',
      subject: { prompt: 'support/answer', version },
      actor: { kind: 'user', id: 'Ada' },
    });
  }
  return { root, log: join(root, '.ratchet/audit.jsonl'), cli: (...args: string[]) => runCli(args, { cwd: root }) };
}

describe('audit', () => {
  it('holds where nothing was changed', async () => {
    const { cli } = await filled();
    const { code, json } = await cli('audit', 'verify', '--json');
    expect({ code, json }).toMatchObject({ code: 0, json: { schema: 'promptratchet.audit/1', status: 'ok', records: 4, at: null } });
    expect((await cli('audit', 'verify')).stdout).toMatch(/^ok {2}The 4 records hold/);
  });

  it.each([
    ['changed', (lines: string[]) => lines.with(2, (lines[2] ?? '').replace('v2', 'v9')), 'broken', 2],
    ['removed', (lines: string[]) => lines.toSpliced(1, 1), 'broken', 1],
    ['reordered', (lines: string[]) => lines.toSpliced(1, 2, lines[2] ?? '', lines[1] ?? ''), 'broken', 1],
    ['truncated', (lines: string[]) => lines.slice(0, 3), 'truncated', 3],
  ])('ends in 1 where a record was %s', async (_name, change, status, at) => {
    const { log, cli } = await filled();
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
    writeFileSync(
      log,
      change(lines)
        .map((line) => `${line}\n`)
        .join(''),
    );
    const { code, json, stderr } = await cli('audit', 'verify', '--json');
    expect({ code, json }).toMatchObject({ code: 1, json: { status, at } });
    expect(stderr).not.toBe('');
  });

  it('is empty, and holds, where there is no log yet', async () => {
    const { code, json } = await runCli(['audit', 'verify', '--json'], { cwd: temporaryFolder() });
    expect({ code, json }).toMatchObject({ code: 0, json: { status: 'empty', records: 0 } });
  });

  it('shows the records', async () => {
    const { cli } = await filled();
    const { json } = await cli('audit', 'show', '--json');
    expect(json).toMatchObject({
      status: 'ok',
      entries: [{ type: 'genesis' }, { subject: { version: 'v1' } }, { subject: { version: 'v2' } }, { seq: 3, actor: { id: 'Ada' } }],
    });
    const lines = (await cli('audit', 'show')).stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[3]).toMatch(/^3 .*prompt\.version\.created {2}Ada +prompt support\/answer, version v3$/);
  });
});
