import { describe, expect, it } from 'vitest';
import { exported } from '../../../src/server/evalExport.js';
import { evalDetail, evalView } from '../../webview/samples.js';

describe('a matrix as text', () => {
  const view = evalView({ baseline: true });
  const { results } = evalDetail(
    view,
    view.rows.case.map((_, cell) => cell),
  );

  it('as CSV has one line a case with the answers, and nothing that a spreadsheet would run', () => {
    const evil = results.map((result) => (result === null ? null : { ...result, vars: { message: '=HYPERLINK("http://x")' } }));
    const lines = exported(view, evil, 'csv').trimEnd().split('\r\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toBe(
      'id,case,repeat,message,' +
        ['support/route working · local', 'support/route v1 · local']
          .flatMap((name) => ['status', 'score', 'output', 'reason'].map((what) => `${name}: ${what}`))
          .join(','),
    );
    expect(lines[2]).toBe(`c2,message c2,1,"'=HYPERLINK(""http://x"")",fail,,"returns, I think",because,pass,,billing,because`);
  });

  it('as Markdown has the verdicts under rates with their intervals; text of cases is no markup', () => {
    const odd = { ...view, rows: { ...view.rows, cases: view.rows.cases.map((entry) => ({ ...entry, title: 'a|b <img src=x>' })) } };
    expect(exported(odd, results, 'markdown')).toBe(
      [
        '## prompts/route.eval.yaml',
        '',
        'Run r-1, 2026-11-20T10:00:00.000Z.',
        '',
        '| Case | support/route working · local | support/route v1 · local |',
        '| --- | --- | --- |',
        '| **Pass rate, 95 % interval** | 67 % [30, 90] | 67 % [30, 90] |',
        '| a\\|b &lt;img src=x&gt; | pass | fail |',
        '| a\\|b &lt;img src=x&gt; | fail | pass |',
        '| a\\|b &lt;img src=x&gt; | error | error |',
        '',
      ].join('\n'),
    );
  });
});
