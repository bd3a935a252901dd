import { describe, expect, it } from 'vitest';
import type { CaseResult, EvalDocument } from '../../../src/shared/evalDocument.js';
import { evalMarkdown } from '../../../src/cli/writers/evalMarkdown.js';

const result = (index: number, text: string): CaseResult => ({
  id: `c${String(index)}`,
  description: null,
  column: 'c1',
  repeat: 1,
  vars: { message: text },
  status: 'fail',
  score: 0,
  reason: text,
  output: text,
  assertions: [{ type: 'equals', metric: null, pass: false, score: 0, reason: text, evaluated: true, expected: text }],
  latencyMs: 1,
  cached: false,
  cost: null,
  error: null,
});

function document(cases: CaseResult[], suites = 1): EvalDocument {
  const stats = {
    cases: 1,
    passed: 0,
    failed: 1,
    errored: 0,
    cached: 0,
    requests: 1,
    notEvaluated: 0,
    seconds: 0,
    tokens: { in: null, out: null },
    cost: null,
  };
  const columns = [{ id: 'c1', prompt: 'p', version: 'working', provider: 'm', passRate: null, recorded: false }];
  const suite = {
    suite: 'a.eval.yaml',
    columns,
    stats,
    passRate: { mean: 0, lo: 0, hi: 0.5 },
    cases,
    metrics: {},
    health: [],
    baseline: null,
  };
  return { schema: 'promptratchet.eval/1', run: 'r-1', complete: true, suites: Array.from({ length: suites }, () => suite) };
}

describe('a summary in Markdown', () => {
  it('shows what cases and models say and lets none of it act', () => {
    const text = evalMarkdown(
      document([result(0, '</code></details><img src=x> [x](javascript:1) `a` **b** | c @team https://evil.example ![i](u)\n# head')]),
    );
    expect(text).toContain('&lt;/code&gt;&lt;/details&gt;&lt;img src=x&gt;');
    expect(text).not.toMatch(/<img|\]\(|@team|https:\/\/|^# head|\*\*b\*\*/m);
    expect(text.match(/<details>/g)).toHaveLength(1);
    expect(text.match(/<\/details>/g)).toHaveLength(1);
  });

  it('stays under 1 MiB with whole elements, and says that it was cut', () => {
    const cases = Array.from({ length: 50 }, (_, index) => result(index, '<&*ü'.repeat(250)));
    const text = evalMarkdown(document(cases, 20));
    expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024);
    expect(text).toContain('The rest was cut.');
    expect(text.match(/<details>/g)!.length).toBe(text.match(/<\/details>/g)!.length);
  });
});
