/** What CI sees: exit codes of comparisons, and what is written for people and other tools. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EvalDocument } from '../../src/shared/evalDocument.js';
import { runCli } from '../support/cli.js';
import { makeRepository } from '../support/repository.js';
import { temporaryFolder } from '../support/temporary.js';

const prompt = (text: string): string => `name: a\nmessages:\n  - role: user\n    content: "${text}"\n`;
const test = (index: number): string =>
  `  - { description: "case ${String(index)} <b>@all</b>", vars: { message: "hello ${String(index)}", end: "${index === 0 ? '!' : ''}" }, assert: [{ type: equals, value: "hello ${String(index)}" }] }\n`;
const suite = (count: number, more = ''): string =>
  `prompts: [p/a.prompt.yml]\nproviders: [echo]\ntests:\n${Array.from({ length: count }, (_, index) => test(index)).join('')}${more}`;

/** A repository whose main has a text that passes every case. */
function repository(count = 10, more = ''): string {
  const cwd = temporaryFolder({
    '.ratchet/config.yaml': 'version: 1\n',
    'p/a.prompt.yml': prompt('{{message}}'),
    'a.eval.yaml': suite(count, more),
  });
  makeRepository(cwd);
  return cwd;
}
const rewrite = (cwd: string, text: string): void => {
  writeFileSync(join(cwd, 'p/a.prompt.yml'), prompt(text));
};
const evaluate = (cwd: string, ...args: string[]) => runCli(['eval', ...args], { cwd });
const read = (cwd: string, file: string): string => readFileSync(join(cwd, file), 'utf8');
/** Passes all but the first case. */
const oneWorse = '{{message}}{{end}}';

describe('ratchet eval --baseline', () => {
  it('ends in 1 where the suite is worse, and its files speak of the main column alone', async () => {
    const cwd = repository();
    rewrite(cwd, 'Well: {{message}}');
    const result = await evaluate(cwd, '--baseline', 'main', '--out', 'out/s.md', '--junit', 'out/j.xml');
    expect([result.code, result.stderr]).toEqual([1, expect.stringContaining('a.eval.yaml: worse than main.')]);
    expect(read(cwd, 'out/j.xml')).toMatch(/<testsuites name="ratchet eval" tests="10" failures="10" errors="0"/);
    const markdown = read(cwd, 'out/s.md');
    expect(markdown).toMatch(/^## a\.eval\.yaml\n\n\*\*Against main: worse, -1\.00/);
    expect(markdown.indexOf('### Regressed (10)')).toBeLessThan(markdown.indexOf('| column |'));
    expect(markdown).toContain('- Got: <code>Well: hello 0</code>\n- Before: <code>hello 0</code>');
    expect(markdown).not.toMatch(/<b>|@all/);
  });

  it('ends in 0 where it is better, though the baseline fails every case', async () => {
    const cwd = repository();
    rewrite(cwd, 'Well: {{message}}');
    makeRepository(cwd);
    rewrite(cwd, '{{message}}');
    const result = await evaluate(cwd, '--baseline', 'main', '--json', '--junit', 'j.xml');
    expect(result.code).toBe(0);
    expect((result.json as EvalDocument).suites[0]).toMatchObject({
      stats: { cases: 10, failed: 0 },
      baselineStats: { failed: 10 },
      baseline: { verdict: 'better' },
    });
    expect(read(cwd, 'j.xml')).toContain('failures="0"');
  });

  it('ends in 0 without evidence, says what it would take, and in 1 where any regressed case is wanted to', async () => {
    const cwd = repository();
    rewrite(cwd, oneWorse);
    const [open, strict, least] = [
      await evaluate(cwd, '--baseline', 'main'),
      await evaluate(cwd, '--baseline', 'main', '--fail-on', 'regressed'),
      await evaluate(cwd, '--baseline', 'main', '--threshold', '0.95'),
    ];
    expect(open.code).toBe(0);
    expect(open.stderr).toMatch(/no evidence of a difference from main\. 10 cases are on both sides: they show a difference of about/);
    expect([strict.code, strict.stderr]).toEqual([1, expect.stringMatching(/1 case regressed against main: [0-9a-f]{12}\./)]);
    expect(least.code).toBe(1);
  });

  it('ends in 2 where nothing could be compared, and before it asks where the baseline is not there', async () => {
    const cwd = repository();
    expect((await evaluate(cwd, '--out', 'e.json')).code).toBe(0);
    writeFileSync(join(cwd, 'a.eval.yaml'), suite(3).replaceAll('hello', 'hallo'));
    const edited = await evaluate(cwd, '--baseline', 'e.json');
    expect([edited.code, edited.stderr]).toEqual([2, expect.stringContaining('not compared with e.json. No case of a')]);
    for (const ref of ['nowhere', 'gone.json', 'v7']) expect((await evaluate(cwd, '--baseline', ref)).code).toBe(2);
  });

  it('allows as many errors as it is told', async () => {
    const cwd = repository(10, '  - { vars: { message: x }, assert: [{ type: llm-rubric, value: nice }] }\n');
    const codes = [];
    for (const args of [[], ['--max-errors', '1'], ['--max-errors', '0']])
      codes.push((await evaluate(cwd, '--threshold', '0.5', ...args)).code);
    expect(codes).toEqual([2, 0, 2]);
  });

  it('takes an A/A check for what it is: no failure', async () => {
    const cwd = repository();
    rewrite(cwd, oneWorse);
    const result = await evaluate(cwd, '--aa');
    expect([result.code, result.stdout]).toEqual([0, expect.stringContaining('the same twice: 0 of 10 cases came out otherwise')]);
    expect((await evaluate(cwd, '--aa', '--baseline', 'main')).code).toBe(2);
  });
});

describe('results in the shape of promptfoo', () => {
  it('are written and read as a baseline', async () => {
    const cwd = repository();
    await evaluate(cwd, '--out', 'r.promptfoo.json');
    const written = JSON.parse(read(cwd, 'r.promptfoo.json')) as { results: { version: number; stats: object; results: object[] } };
    expect(written.results).toMatchObject({ version: 3, stats: { successes: 10, failures: 0, errors: 0 } });
    expect(written.results.results[0]).toMatchObject({
      success: true,
      failureReason: 0,
      promptIdx: 0,
      testIdx: 0,
      provider: { label: 'echo' },
    });
    rewrite(cwd, 'Well: {{message}}');
    expect((await evaluate(cwd, '--baseline', 'r.promptfoo.json')).code).toBe(1);
  });

  it("are promptfoo's own, too: paired by variables, errors left out", async () => {
    const cwd = repository();
    const results = Array.from({ length: 10 }, (_, index) => ({
      success: index > 0,
      failureReason: index === 0 ? 2 : 0,
      score: 1,
      vars: { message: `hello ${String(index)}`, end: index === 0 ? '!' : '' },
      prompt: { raw: 'x', label: 'p/a.prompt.yml: x' },
      provider: { id: 'echo', label: '' },
    }));
    writeFileSync(join(cwd, 'pf.json'), JSON.stringify({ evalId: 'eval-1', results: { version: 3, results } }));
    rewrite(cwd, 'Well: {{message}}');
    const result = await evaluate(cwd, '--baseline', 'pf.json', '--json');
    expect(result.code).toBe(1);
    expect((result.json as EvalDocument).suites[0]!.baseline).toMatchObject({ verdict: 'worse', pairs: 9, unpaired: { errored: 1 } });
  });
});
