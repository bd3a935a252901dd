import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../src/engine/audit/jcs.js';
import { createAuditService } from '../../../src/engine/audit/service.js';
import { createFileSystem } from '../../../src/platform/fs.js';
import { bundleScript, runAll } from '../../support/bundle.js';
import { engineContext } from '../../support/engineContext.js';
import { temporaryFolder } from '../../support/temporary.js';

function open(root = temporaryFolder()) {
  return {
    root,
    log: join(root, '.ratchet/audit.jsonl'),
    head: join(root, '.ratchet/audit.head'),
    audit: createAuditService(engineContext(root)),
  };
}

async function filled(count: number) {
  const opened = open();
  for (let i = 0; i < count; i++) {
    await opened.audit.append({
      type: 'score.computed',
      subject: { prompt: `p${String(i)}`, version: null },
      data: { mean: 0.1 + 0.2, text: 'Grüße 😀' },
    });
  }
  return opened;
}

describe('audit log', () => {
  it('is empty before the first record', async () => {
    const { audit, root } = open();
    expect(await audit.verify()).toMatchObject({ status: 'empty', records: 0, head: null, anchor: null, at: null });
    expect(readdirSync(root)).toEqual([]);
  });

  it('starts with a genesis of a random id, and chains what follows', async () => {
    const { audit, log, head } = await filled(2);
    const [genesis, first, second] = await audit.entries();
    expect(genesis).toMatchObject({ v: 1, seq: 0, type: 'genesis', prev: '0'.repeat(64) });
    expect(genesis?.subject['log']).toMatch(/^[0-9a-f]{32}$/);
    expect(first).toMatchObject({ seq: 1, prev: genesis?.hash, actor: { kind: 'user' } });
    expect(second).toMatchObject({ seq: 2, prev: first?.hash, data: { mean: 0.30000000000000004 } });
    expect(JSON.parse(readFileSync(head, 'utf8'))).toEqual({ seq: 2, hash: second?.hash });
    expect(await audit.verify()).toMatchObject({ status: 'ok', records: 3, head: second?.hash });
    // The formula of the format, computed here by other means.
    const { hash, ...rest } = second ?? {};
    expect(
      createHash('sha256')
        .update(`promptratchet-audit-v1\n${canonicalJson(rest)}`)
        .digest('hex'),
    ).toBe(hash);
    expect(readFileSync(log, 'utf8').split('\n')).toHaveLength(4);
  });

  it('finds any single byte that changed', async () => {
    const { audit, log } = await filled(3);
    const bytes = readFileSync(log);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ by;
        writeFileSync(log, changed);
        const { status } = await audit.verify();
        expect(['broken', 'truncated', 'torn']).toContain(status);
      }),
      { numRuns: 150, seed: 7 },
    );
  });

  it('finds a record that was removed, moved, repeated or inserted, and says which', async () => {
    const { audit, log } = await filled(5);
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
    const verify = (changed: string[]) => {
      writeFileSync(log, changed.map((line) => `${line}\n`).join(''));
      return audit.verify();
    };
    for (let at = 0; at < lines.length; at++) {
      const removed = await verify(lines.toSpliced(at, 1));
      const isLast = at === lines.length - 1;
      expect(removed).toMatchObject({ status: isLast ? 'truncated' : 'broken', at });
      expect(await verify(lines.toSpliced(at, 0, lines[at] ?? ''))).toMatchObject({ status: 'broken', at: at + 1 });
      if (!isLast)
        expect(await verify(lines.toSpliced(at, 2, lines[at + 1] ?? '', lines[at] ?? ''))).toMatchObject({ status: 'broken', at });
    }
    expect(await verify(lines.toSpliced(2, 1, '{"v":1}'))).toMatchObject({
      status: 'broken',
      at: 2,
      message: expect.stringContaining('Record 2 (line 3)') as string,
    });
    expect(await verify(lines.toSpliced(2, 1, ` ${lines[2] ?? ''}`))).toMatchObject({ status: 'broken', at: 2 });
    expect(await verify(lines)).toMatchObject({ status: 'ok' });
  });

  it('finds every shortening of the file', async () => {
    const { audit, log } = await filled(3);
    const bytes = readFileSync(log);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), async (length) => {
        writeFileSync(log, bytes.subarray(0, length));
        expect((await audit.verify()).status).toMatch(/truncated|torn/);
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  it('finds records that were rewritten with fresh hashes after the anchor was set', async () => {
    const { audit, log, head } = await filled(3);
    const anchor = readFileSync(head);
    rmSync(log);
    rmSync(head);
    for (let i = 0; i < 4; i++) await audit.append({ type: 'score.computed', subject: {} });
    writeFileSync(head, anchor);
    expect(await audit.verify()).toMatchObject({ status: 'broken', at: 3 });
    await expect(audit.append({ type: 'score.computed', subject: {} })).rejects.toMatchObject({ code: 'AUDIT_BROKEN' });
    expect(readFileSync(head)).toEqual(anchor);
  });

  it('finds a second log that was joined to the first', async () => {
    const one = await filled(1);
    const two = await filled(1);
    appendFileSync(one.log, readFileSync(two.log));
    expect(await one.audit.verify()).toMatchObject({ status: 'broken', at: 2 });
  });

  it.each([
    [
      'removed',
      (head: string) => {
        rmSync(head);
      },
      'missing',
    ],
    [
      'spoilt',
      (head: string) => {
        writeFileSync(head, '{');
      },
      'damaged',
    ],
  ])('says where the anchor was %s, and keeps a record of it', async (_name, spoil, word) => {
    const { audit, head } = await filled(1);
    spoil(head);
    expect(await audit.verify()).toMatchObject({
      status: 'truncated',
      at: 2,
      anchor: null,
      message: expect.stringContaining(word) as string,
    });
    await audit.append({ type: 'score.computed', subject: {} });
    expect((await audit.entries()).map((each) => each.type)).toEqual(['genesis', 'score.computed', 'log.repaired', 'score.computed']);
    expect(await audit.verify()).toMatchObject({ status: 'ok' });
  });

  it('appends nothing to a log whose end is missing or was changed', async () => {
    const { audit, log } = await filled(2);
    const text = readFileSync(log, 'utf8');
    writeFileSync(log, text.split('\n').slice(0, 2).join('\n') + '\n');
    await expect(audit.append({ type: 'x', subject: {} })).rejects.toMatchObject({ code: 'AUDIT_BROKEN' });
    writeFileSync(log, text.replace('p1', 'p9'));
    await expect(audit.append({ type: 'x', subject: {} })).rejects.toMatchObject({ code: 'AUDIT_BROKEN' });
    rmSync(log);
    await expect(audit.append({ type: 'x', subject: {} })).rejects.toMatchObject({ code: 'AUDIT_BROKEN' });
  });

  it('mends a torn end: keeps its bytes, notes it, goes on', async () => {
    const { audit, log, root } = await filled(2);
    appendFileSync(log, '{"actor":{"id":"ü');
    truncateSync(log, readFileSync(log).length - 1);
    expect(await audit.verify()).toMatchObject({ status: 'torn', records: 3, at: null });
    await audit.append({ type: 'after', subject: {} });
    const entries = await audit.entries();
    expect(entries.map((each) => each.type).slice(-2)).toEqual(['log.repaired', 'after']);
    const kept = String(entries.at(-2)?.data['kept']);
    expect(entries.at(-2)).toMatchObject({ data: { reason: 'torn tail', bytes: 17 }, actor: { kind: 'system' } });
    expect(Buffer.from(readFileSync(join(root, '.ratchet', kept), 'utf8'), 'hex').toString('latin1')).toBe('{"actor":{"id":"\u00c3');
    expect(await audit.verify()).toMatchObject({ status: 'ok', records: 5 });
  });

  it('mends a first write that was cut off', async () => {
    const { audit, log, root } = await filled(0);
    await createFileSystem().append(log, '{"act');
    expect(await audit.verify()).toMatchObject({ status: 'torn', records: 0 });
    await audit.append({ type: 'after', subject: {} });
    expect((await audit.entries()).map((each) => each.type)).toEqual(['genesis', 'log.repaired', 'after']);
    expect(readdirSync(join(root, '.ratchet')).filter((name) => name.includes('torn'))).toHaveLength(1);
  });

  it('goes on after a crash between the record and the anchor', async () => {
    const { audit, head } = await filled(2);
    const anchor = readFileSync(head);
    await audit.append({ type: 'x', subject: {} });
    writeFileSync(head, anchor);
    expect(await audit.verify()).toMatchObject({ status: 'ok', records: 4, anchor: { seq: 2 } });
    await audit.append({ type: 'y', subject: {} });
    expect(await audit.verify()).toMatchObject({ status: 'ok', records: 5, anchor: { seq: 4 } });
  });

  it('reports success only after the write, and writes no anchor for a record that failed', async () => {
    const root = temporaryFolder();
    const fs = createFileSystem();
    const failing = { ...fs, append: () => Promise.reject(new Error('disk')) };
    await createAuditService(engineContext(root)).append({ type: 'a', subject: {} });
    const audit = createAuditService(engineContext(root, { fs: failing }));
    await expect(audit.append({ type: 'b', subject: {} })).rejects.toThrow('disk');
    expect(await audit.verify()).toMatchObject({ status: 'ok', records: 2, anchor: { seq: 1 } });
  });

  it('finds the last record however long it is', async () => {
    const { audit } = open();
    for (const length of [1, 70_000, 300_000, 3]) await audit.append({ type: 'x', subject: {}, data: { text: 'a'.repeat(length) } });
    expect(await audit.verify()).toMatchObject({ status: 'ok', records: 5 });
  });

  it('keeps one chain where four processes write 50 records each', async () => {
    const { root, audit, log } = open();
    const script = await bundleScript(
      root,
      `import { createAuditService } from './src/engine/audit/service.js';
       import { engineContext } from './test/support/engineContext.js';
       const audit = createAuditService(engineContext(process.argv[2]));
       void (async () => { for (let i = 0; i < 50; i++) await audit.append({ type: 'x', subject: { by: process.argv[3], n: String(i) } }); })();`,
    );
    const runs = await runAll(
      script,
      ['a', 'b', 'c', 'd'].map((name) => [root, name]),
    );
    expect(runs.map((run) => run.stderr)).toEqual(['', '', '', '']);
    expect(await audit.verify()).toMatchObject({ status: 'ok', records: 201 });
    const order = (await audit.entries()).filter((each) => each.subject['by'] === 'c').map((each) => Number(each.subject['n']));
    expect(order).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(existsSync(`${log}.lock`)).toBe(false);
  });
});
