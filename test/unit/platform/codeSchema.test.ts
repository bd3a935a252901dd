import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCodeRunner } from '../../../src/platform/code/runner.js';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';

let distDir = '';
let runner: ReturnType<typeof createCodeRunner>;

beforeAll(async () => {
  distDir = mkdtempSync(join(tmpdir(), 'ratchet-schema-'));
  await build({
    entryPoints: [join(import.meta.dirname, '../../../src/platform/code/worker.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    outfile: join(distDir, 'codeWorker.js'),
    logLevel: 'silent',
  });
  runner = createCodeRunner({ distDir, root: distDir, env: {}, trusted: () => true });
});

afterAll(async () => {
  await runner.close();
  rmSync(distDir, { recursive: true, force: true });
});

const faults = async (schema: unknown, values: readonly unknown[], timeoutMs = 5000) => runner.jsonSchema?.(schema, values, timeoutMs);

describe('a JSON Schema in the thread', () => {
  it.each<[string, unknown, unknown, unknown]>([
    ['if, then, else', { if: { required: ['a'] }, then: { required: ['b'] }, else: { required: ['c'] } }, { a: 1, b: 2 }, { a: 1 }],
    ['names by pattern', { patternProperties: { '^n_': { type: 'number' } }, additionalProperties: false }, { n_a: 1 }, { n_a: 'x' }],
    ['items that must be there', { contains: { const: 3 } }, [1, 3], [1, 2]],
    ['names', { propertyNames: { maxLength: 2 } }, { ab: 1 }, { abc: 1 }],
    ['formats', { format: 'ipv6' }, '::1', '1.2.3.4'],
    [
      'draft 2020-12 where it is named',
      { $schema: 'https://json-schema.org/draft/2020-12/schema', prefixItems: [{ type: 'string' }] },
      ['a'],
      [1],
    ],
    ['draft 2020-12 where draft 7 lacks the keyword', { prefixItems: [{ type: 'string' }] }, ['a'], [1]],
    ['what is left', { allOf: [{ properties: { a: {} } }], unevaluatedProperties: false }, { a: 1 }, { b: 1 }],
    ['draft 2019-09', { $schema: 'https://json-schema.org/draft/2019-09/schema', items: [{ type: 'string' }] }, ['a', 1], [1]],
    ['references within', { $ref: '#/$defs/n', $defs: { n: { type: 'integer' } } }, 1, 'x'],
  ])('%s', async (_name, schema, good, bad) => {
    expect(await faults(schema, [good, bad])).toEqual([null, expect.any(String)]);
  });

  it('says where the value does not fit', async () => {
    expect(await faults({ properties: { a: { type: 'number' } }, additionalProperties: false }, [{ a: 'x' }, { b: 1 }])).toEqual([
      '/a must be number',
      'the answer must NOT have additional properties: "b"',
    ]);
  });

  it('that is none, is unknown or refers elsewhere says so', async () => {
    for (const schema of [7, { type: 'nonsense' }, { contentWhatever: 1 }, { format: 'nonsense' }, { $ref: 'https://schemas.example/x' }]) {
      await expect(faults(schema, ['x'])).rejects.toMatchObject({ code: 'SUITE_INVALID' });
    }
    await expect(faults({ $schema: 'https://json-schema.org/draft-04/schema', type: 'string' }, ['x'])).rejects.toMatchObject({
      code: 'SUITE_INVALID',
    });
  });

  it('with a pattern that backtracks for ever is stopped, and others go on', async () => {
    await expect(faults({ pattern: '^(a+)+$' }, [`${'a'.repeat(60)}!`], 300)).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(await faults({ type: 'string' }, ['x'])).toEqual([null]);
  });

  it('may have the id of another', async () => {
    expect(await faults({ $id: 'https://schemas.example/a', type: 'string' }, ['x'])).toEqual([null]);
    expect(await faults({ $id: 'https://schemas.example/a', type: 'number' }, ['x'])).toEqual([expect.any(String)]);
  });
});
