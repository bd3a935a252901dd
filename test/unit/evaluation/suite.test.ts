import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluationWorkspace } from '../../support/evaluationWorkspace.js';

const prompt = '---\nname: triage\n---\nsystem:\nClassify.\n\nuser:\n{{message}}\n';

async function load(suite: string, files: Record<string, string> = {}, trusted = true) {
  const workspace = evaluationWorkspace({ 'p/triage.prompty': prompt, 'p/a.eval.yaml': suite, ...files }, { trusted });
  return workspace.evaluation.load('p/a.eval.yaml');
}

/** The text of the suite at a problem's range. */
const at = (suite: string, range: { start: number; end: number } | null | undefined): string =>
  range == null ? 'no range' : suite.slice(range.start, range.end);

describe('a suite in promptfoo’s format', () => {
  it('is read with its prompts, providers, defaults and tests', async () => {
    const suite = await load(`
description: teams
prompts:
  - file://triage.prompty
  - triage
  - "Say hello to {{name}}"
  - { id: "file://triage.prompty", label: again }
providers:
  - echo
  - { id: "openai:chat:m", label: big, config: { temperature: 0.5 } }
  - "llama:x.gguf": { config: { max_tokens: 4 } }
defaultTest:
  vars: { tone: calm }
  threshold: 0.5
  assert: [{ type: not-contains, value: "!" }]
  metadata: { team: desk }
tests:
  - description: invoice
    vars: { message: where is my invoice }
    assert: [{ type: equals, value: billing, weight: 2, metric: label }]
    options: { prefix: "> " }
    metadata: { split: train }
evaluateOptions: { maxConcurrency: 3, repeat: 2, cache: false, timeoutMs: 100 }
`);
    expect(suite.problems).toEqual([]);
    expect(suite.prompts.map(({ id, file, label }) => [id, file, label])).toEqual([
      ['triage', 'p/triage.prompty', null],
      ['triage', 'p/triage.prompty', null],
      ['p/a.eval.yaml#3', null, null],
      ['triage', 'p/triage.prompty', 'again'],
    ]);
    expect(suite.providers.map(({ id, label, config }) => [id, label, config])).toEqual([
      ['echo', null, {}],
      ['openai:chat:m', 'big', { temperature: 0.5 }],
      ['llama:x.gguf', null, { max_tokens: 4 }],
    ]);
    const [entry] = suite.cases;
    expect(entry).toMatchObject({
      description: 'invoice',
      vars: { tone: 'calm', message: 'where is my invoice' },
      threshold: 0.5,
      metadata: { team: 'desk', split: 'train' },
      affix: { prefix: '> ', suffix: '' },
    });
    expect(entry!.assertions.map(({ type, negate, weight, metric }) => [type, negate, weight, metric])).toEqual([
      ['contains', true, 1, null],
      ['equals', false, 2, 'label'],
    ]);
    expect(suite.options).toEqual({ maxConcurrency: 3, repeat: 2, cache: false, timeoutMs: 100, delayMs: 0 });
  });

  it('takes tests from CSV, YAML, JSON and JSONL files, and globs', async () => {
    const suite = await load('prompts: [triage]\ntests: ["file://t/*.csv", "file://t/b.yaml", "file://t/c.json", "file://t/d.jsonl"]\n', {
      'p/t/a.csv':
        'message,__expected,__expected2,__description,__metric,__threshold,__metadata:tag\r\n"one, ""two""\nthree",billing,not-contains:!,first,label,0.5,x\r\n\r\n',
      'p/t/b.yaml': '- vars: { message: b }\n  assert: [{ type: icontains, value: x }]\n',
      'p/t/c.json': '[{"vars":{"message":"c"},"assert":[{"type":"regex","value":"^a"}]}]',
      'p/t/d.jsonl': '{"vars":{"message":"d"},"assert":["contains: y"]}\n\n',
    });
    expect(suite.problems).toEqual([]);
    expect(suite.cases.map(({ file, vars }) => [file, vars])).toEqual([
      ['p/t/a.csv', { message: 'one, "two"\nthree' }],
      ['p/t/b.yaml', { message: 'b' }],
      ['p/t/c.json', { message: 'c' }],
      ['p/t/d.jsonl', { message: 'd' }],
    ]);
    expect(suite.cases[0]).toMatchObject({ description: 'first', threshold: 0.5, metadata: { tag: 'x' } });
    expect(suite.cases[0]!.assertions.map(({ type, negate, value, metric }) => [type, negate, value, metric])).toEqual([
      ['equals', false, 'billing', 'label'],
      ['contains', true, '!', 'label'],
    ]);
    expect(suite.cases[3]!.assertions[0]).toMatchObject({ type: 'contains', value: 'y' });
  });

  it('multiplies lists of values, and reads file:// values', async () => {
    const suite = await load(
      'prompts: [triage]\ntests:\n  - vars: { message: [a, b], tone: [x, y], doc: "file://d.txt", data: "file://d.yaml" }\n    assert: [{ type: contains, value: a }]\n',
      {
        'p/d.txt': ' text \n',
        'p/d.yaml': 'k: [1]\n',
      },
    );
    expect(suite.cases.map(({ vars }) => `${String(vars['message'])}${String(vars['tone'])}`)).toEqual(['ax', 'ay', 'bx', 'by']);
    expect(suite.cases[0]!.vars).toMatchObject({ doc: 'text', data: '{"k":[1]}' });
  });

  it('gives cases ids that survive a new order and a new description, not a new question', async () => {
    const one = await load(
      'prompts: [triage]\ntests:\n  - { vars: { message: a }, assert: [{ type: equals, value: x }] }\n  - { vars: { message: b }, assert: [{ type: equals, value: x }] }\n',
    );
    const two = await load(
      'prompts: [triage]\ntests:\n  - { vars: { message: b }, assert: [{ type: equals, value: x }], description: new }\n  - { vars: { message: a }, assert: [{ type: equals, value: x }] }\n  - { vars: { message: a }, assert: [{ type: equals, value: x }] }\n',
    );
    expect(one.cases[0]!.id).toMatch(/^[0-9a-f]{12}$/);
    expect(two.cases.map(({ id }) => id)).toEqual([one.cases[1]!.id, one.cases[0]!.id, `${one.cases[0]!.id}-2`]);
  });
});

describe('what a suite may not hold in silence', () => {
  it('reports unknown keys at their place with the nearest real one', async () => {
    const text = 'prompts: [triage]\ntest:\n  - 1\ntests:\n  - var: { message: a }\n    assert: [{ type: equals, value: x, wieght: 2 }]\n';
    const suite = await load(text);
    const unknown = suite.problems.filter(({ code }) => code === 'unknown-key');
    expect(unknown.map(({ message, range }) => [message, at(text, range)])).toEqual([
      ['The key "test" is not known. Did you mean "tests"?', 'test'],
      ['The key "var" is not known. Did you mean "vars"?', 'var'],
      ['The key "wieght" is not known. Did you mean "weight"?', 'wieght'],
    ]);
  });

  it('reports assertion types that do not exist, and those that are not evaluated here', async () => {
    const text =
      'prompts: [triage]\ntests:\n  - vars: { message: a }\n    assert:\n      - { type: not-empty }\n      - { type: contians, value: x }\n      - { type: not-is-sql }\n';
    const suite = await load(text);
    expect(suite.problems.map(({ code, severity, range }) => [code, severity, at(text, range)])).toEqual([
      ['unknown-assertion', 'error', 'not-empty'],
      ['unknown-assertion', 'error', 'contians'],
      ['assertion-not-evaluated', 'warning', 'not-is-sql'],
    ]);
    expect(suite.problems[1]!.message).toContain('Did you mean "contains"?');
    expect(suite.cases[0]!.assertions.every(({ problem }) => problem !== undefined)).toBe(true);
  });

  it('says what is known to promptfoo but not run here', async () => {
    const text =
      'prompts: [triage]\nscenarios: []\noutputPath: x\ntests:\n  - { vars: { message: a }, assert: [{ type: equals, value: x }] }\nextensions: [x]\n';
    const suite = await load(text);
    expect(suite.problems.map(({ code, range }) => [code, at(text, range)])).toEqual([
      ['not-run-here', 'outputPath'],
      ['not-run-here', 'extensions'],
    ]);
    // A hook may change the case: it must not be judged without it.
    expect(suite.cases[0]!.problem).toContain('"extensions" is not run here');
  });

  it('reports invalid patterns, values of the wrong kind and missing thresholds', async () => {
    const text =
      'prompts: [triage]\ntests:\n  - vars: { message: a }\n    assert: [{ type: regex, value: "(" }, { type: contains-any, value: [] }, { type: latency }, { type: contains, value: [1] }]\n';
    const suite = await load(text);
    expect(suite.problems.map(({ code }) => code)).toEqual(['assert-invalid', 'assert-invalid', 'assert-invalid', 'assert-invalid']);
    expect(at(text, suite.problems[0]!.range)).toBe('"("');
  });

  it('names the row of a table that is wrong', async () => {
    const csv = 'message,__expected\na,x\nb,is-sql\n';
    const suite = await load('prompts: [triage]\ntests: file://t.csv\n', { 'p/t.csv': csv });
    expect(suite.problems).toHaveLength(1);
    expect(suite.problems[0]).toMatchObject({ code: 'assertion-not-evaluated', file: 'p/t.csv' });
    expect(at(csv, suite.problems[0]!.range)).toBe('b,is-sql');
    expect(at(csv, suite.cases[0]!.range)).toBe('a,x');
  });

  it('never throws on what is no suite at all', async () => {
    for (const text of ['', '[1, 2]', 'a: [', '"x"', 'prompts: 3\ntests: 4\nproviders: {}', 'tests: [1, null, "file://nothing.csv"]']) {
      expect((await load(text)).problems.some(({ severity }) => severity === 'error')).toBe(true);
    }
  });
});

describe('a hostile suite', () => {
  it('cannot read files outside the workspace, by path or by link', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'outside-'));
    writeFileSync(join(outside, 'secret.csv'), 'message\nsecret\n');
    const workspace = evaluationWorkspace({
      'p/triage.prompty': prompt,
      'p/a.eval.yaml': `prompts: [triage]\ntests:\n  - file://${outside}/secret.csv\n  - file://link.csv\n  - file://../../../../../../etc/passwd\n  - { vars: { message: "file://link.csv" }, assert: [{ type: equals, value: "file://link.csv" }] }\n`,
    });
    symlinkSync(join(outside, 'secret.csv'), join(workspace.root, 'p/link.csv'));
    const suite = await workspace.evaluation.load('p/a.eval.yaml');
    expect(suite.problems.map(({ code }) => code)).toEqual([
      'OUTSIDE_WORKSPACE',
      'OUTSIDE_WORKSPACE',
      'OUTSIDE_WORKSPACE',
      'OUTSIDE_WORKSPACE',
      'OUTSIDE_WORKSPACE',
    ]);
    expect(JSON.stringify(suite.cases)).not.toContain('secret\n');
  });

  it('cannot blow up memory by aliases, depth or multiplied lists', async () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghij'
      .split('')
      .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[index]!}`).join(',')}]`)
      .join('\n')}\n`;
    const wide = `prompts: [triage]\ntests: [{ vars: { a: &l [${'x,'.repeat(400)}x], b: *l, c: *l } }]`;
    for (const text of [bomb, '['.repeat(5000), wide]) {
      const suite = await load(text);
      expect(suite.problems.some(({ severity }) => severity === 'error')).toBe(true);
      expect(suite.cases.length).toBeLessThan(10);
    }
  });

  it('has its code neither read nor run without trust', async () => {
    const suite = await load(
      'prompts: [triage]\ntests: [{ vars: { message: a }, assert: [{ type: javascript, value: "file://check.js" }] }]\n',
      { 'p/check.js': 'module.exports = () => true' },
      false,
    );
    expect(suite.problems.map(({ code }) => code)).toEqual(['UNTRUSTED_WORKSPACE']);
    expect(suite.cases[0]!.assertions[0]!.value).toBe('file://check.js');
  });

  it('may name variables like members of every object', async () => {
    const suite = await load('prompts: [triage]\ntests: file://t.csv\n', { 'p/t.csv': 'message,constructor,toString\na,b,c\n' });
    expect(suite.cases[0]!.vars).toEqual({ message: 'a', constructor: 'b', toString: 'c' });
  });
});
