import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EvalView } from '../../src/shared/evalView.js';
import { openEvaluation } from './evaluationHost.js';
import { launch, openPage, violations, type OpenPage } from './page.js';
import { evalView } from './samples.js';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
});

const rows = (open: OpenPage): Locator => open.page.locator('.row');
const list = (open: OpenPage): Locator => open.page.getByRole('listbox', { name: 'Cases' });
const detail = (open: OpenPage): Locator => open.page.getByRole('complementary', { name: 'Case detail' });

async function lastSent(open: OpenPage, type: string): Promise<unknown> {
  return (await open.sent()).filter((message) => message.type === type).at(-1);
}

describe('the matrix', () => {
  it('never shows a rate without its interval, and tells errors from failures', async () => {
    const open = await openEvaluation(browser, evalView());
    await open.page.getByRole('cell', { name: '67 % [30, 90]' }).first().waitFor();
    await open.page.getByRole('button', { name: 'Errors' }).click();
    expect(await rows(open).count()).toBe(1);
    await open.page.getByRole('button', { name: 'Run 2 Not Passed' }).click();
    expect(await lastSent(open, 'run')).toMatchObject({ cases: ['c2', 'c3'] });
    await open.page.context().close();
  });

  it('says in each cell which column it is of, and lists what regressed and what was fixed', async () => {
    const open = await openEvaluation(browser, evalView({ baseline: true }));
    expect(await rows(open).nth(1).innerText()).toMatch(/Regressed:.*message c2/s);
    expect(await rows(open).nth(1).getByText('support/route v1 · local (baseline):').count()).toBe(1);
    await open.page.getByRole('button', { name: 'Regressed' }).click();
    expect(await rows(open).count()).toBe(1);
    await open.page.getByRole('button', { name: 'Fixed' }).click();
    expect(await rows(open).first().innerText()).toContain('message c1');
    expect(await open.page.getByText('worse: −10 points [−20, −1], p = 0.030 (2 pairs)').count()).toBeGreaterThan(0);
    await open.page.context().close();
  });

  it('searches in titles at once and in outputs by the host', async () => {
    const open = await openEvaluation(browser, evalView());
    await open.page.getByRole('searchbox', { name: 'Search cases' }).fill('i think');
    await expect.poll(() => rows(open).allInnerTexts()).toEqual([expect.stringContaining('message c2')]);
    await open.page.context().close();
  });

  it('fills by deltas, and what is run again is marked', async () => {
    const view = evalView({ running: true });
    const open = await openEvaluation(browser, view);
    const { columns, stats, passRate } = view.head.report;
    const delta = {
      ...{ suite: view.head.report.suite, run: 'r-1', columns, stats: { ...stats, passed: 2 }, passRate, again: true },
      ...{
        cases: [{ id: 'c4', title: 'a new one' }],
        at: [1, 3],
        case: [1, 3],
        column: [0, 0],
        repeat: [1, 1],
        status: 'pf',
        score: [1, 0],
      },
    };
    await open.post({ type: 'delta', delta });
    await expect.poll(() => rows(open).count()).toBe(4);
    expect(await rows(open).nth(1).innerText()).toMatch(/Passed · again/);
    // Of a view that is not shown any more.
    await open.post({ type: 'delta', delta: { ...delta, run: 'r-0', at: [0], status: 'e' } });
    await open.page.getByText('2 passed', { exact: false }).first().waitFor();
    expect(await rows(open).first().innerText()).toMatch(/Passed/);
    await open.page.context().close();
  });

  it('asks for exports and runs with choices', async () => {
    const open = await openEvaluation(browser, evalView());
    await open.page.getByRole('combobox', { name: 'Copy or export' }).selectOption('csv clipboard');
    expect(await lastSent(open, 'export')).toEqual({
      type: 'export',
      suite: 'prompts/route.eval.yaml',
      run: 'r-1',
      format: 'csv',
      to: 'clipboard',
    });
    await open.page.getByRole('button', { name: 'Run With…' }).click();
    expect(await lastSent(open, 'runWith')).toEqual({ type: 'runWith', suite: 'prompts/route.eval.yaml' });
    await open.page.getByRole('button', { name: 'Go to its place: equals "x" never passed.' }).click();
    expect(await lastSent(open, 'place')).toEqual({ type: 'place', file: 'prompts/route.eval.yaml', start: 10, line: null });
    await open.page.context().close();
  });
});

describe('the detail of a case', () => {
  it('shows what was sent, the answer, and each assertion with its parts and its judge', async () => {
    const open = await openEvaluation(browser, evalView());
    await rows(open).nth(1).click();
    const aside = detail(open);
    await aside.getByText('Difference to what is expected').click();
    expect(await aside.getByRole('group', { name: 'From what is expected to the answer' }).innerText()).toMatch(/billing.*returns/s);
    expect(await aside.getByRole('list', { name: 'Parts' }).getByRole('listitem').count()).toBe(2);
    expect(await aside.getByText('Judged by judge-a, from the cache.').count()).toBe(1);
    await aside.getByText('Rendered prompt').click();
    await aside.getByText('The prompt was changed since this run.', { exact: false }).waitFor();
    await aside.getByRole('button', { name: 'Add to suite…' }).click();
    expect(await lastSent(open, 'addToSuite')).toEqual({ type: 'addToSuite', suite: 'prompts/route.eval.yaml', run: 'r-1', cell: 1 });
    await open.page.context().close();
  });

  it('puts two columns side by side with their difference', async () => {
    const open = await openEvaluation(browser, evalView({ baseline: true }));
    await rows(open).first().click();
    await detail(open).getByRole('button', { name: 'Side by Side' }).click();
    expect(await detail(open).getByRole('combobox', { name: 'Left column' }).inputValue()).toBe('b1');
    expect(await detail(open).getByRole('group', { name: 'Difference of the two answers' }).innerText()).toMatch(/returns.*billing/s);
    await open.page.context().close();
  });

  it('is left by Escape with the focus back in the list, and N goes to the next that did not pass', async () => {
    const open = await openEvaluation(browser, evalView({ cases: 300 }));
    await list(open).focus();
    await open.page.keyboard.press('ArrowDown');
    await detail(open).waitFor();
    await open.page.keyboard.press('n');
    await expect.poll(() => detail(open).getByRole('heading', { level: 2 }).innerText()).toBe('message c2');
    await open.page.keyboard.press('n');
    await open.page.keyboard.press('n');
    await expect.poll(() => detail(open).getByRole('heading', { level: 2 }).innerText()).toBe('message c5');
    await open.page.keyboard.press('Shift+N');
    await expect.poll(() => detail(open).getByRole('heading', { level: 2 }).innerText()).toBe('message c3');
    await detail(open).getByRole('button', { name: 'Show in suite' }).focus();
    await open.page.keyboard.press('Escape');
    await expect.poll(() => detail(open).count()).toBe(0);
    await expect.poll(() => list(open).evaluate((element) => element.matches(':focus'))).toBe(true);
    await open.page.context().close();
  });
});

/** Every state that a person may meet; axe finds nothing in any. */
const states: Record<string, { view: EvalView; suites?: string[]; act?: (open: OpenPage) => Promise<void>; width?: number }> = {
  running: { view: evalView({ running: true }) },
  'running, nothing yet': { view: evalView({ running: true, cases: 0 }) },
  stopped: { view: { ...evalView(), head: { ...evalView().head, complete: false } } },
  'several suites': { view: evalView(), suites: ['prompts/route.eval.yaml', 'b.eval.yaml'] },
  'against a baseline, side by side': {
    view: evalView({ baseline: true }),
    act: async (open) => {
      await rows(open).first().click();
      await detail(open).getByRole('button', { name: 'Side by Side' }).click();
    },
  },
  'everything unfolded': {
    view: evalView(),
    act: async (open) => {
      await rows(open).nth(1).click();
      await detail(open).getByText('Rendered prompt').click();
      await detail(open).getByText('Difference to what is expected').click();
      await open.page.getByText('History: 3 runs').click();
    },
  },
  'nothing matches': {
    view: evalView(),
    act: async (open) => {
      await open.page.getByRole('searchbox', { name: 'Search cases' }).fill('zzz');
    },
  },
  narrow: { view: evalView({ baseline: true }), width: 320, act: (open) => rows(open).first().click() },
};

describe.each(['light', 'dark', 'hc', 'hcLight'] as const)('in %s', (theme) => {
  it.each(Object.keys(states))('axe finds nothing: %s', async (name) => {
    const { view, suites, act, width } = states[name] ?? { view: evalView() };
    const open = await openEvaluation(browser, view, {
      theme,
      ...(suites === undefined ? {} : { suites }),
      ...(width === undefined ? {} : { width }),
    });
    await act?.(open);
    expect(open.complaints).toEqual([]);
    const shots = process.env['PAGE_SHOTS'];
    if (shots !== undefined) await open.page.screenshot({ path: `${shots}/evaluation-${name.replaceAll(/\W+/g, '-')}-${theme}.png` });
    expect(await violations(open)).toEqual([]);
    await open.page.context().close();
  });

  it('axe finds nothing: before any run', async () => {
    const open = await openPage(browser, 'evaluation', { theme });
    await open.post({ type: 'empty', message: 'No evaluation has run yet.' });
    await open.page.getByText('No evaluation has run yet.').waitFor();
    expect(await violations(open)).toEqual([]);
    await open.page.context().close();
  });
});
