import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PageName } from '../../src/extension/webviews/pageHtml.js';
import { openEvaluation } from './evaluationHost.js';
import { evalView, history } from './samples.js';
import { openFeedback } from './feedbackHost.js';
import { launch, openPage, violations, type OpenPage } from './page.js';
import type { ThemeName } from './themes.js';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
});

/** Rows of the list, not the options of the filters' drop-downs. */
function rows(open: OpenPage): Locator {
  return open.page.locator('.row');
}

async function loaded(name: PageName, theme: ThemeName = 'dark'): Promise<OpenPage> {
  if (name === 'feedback') {
    const open = await openFeedback(browser, { theme, width: 320 });
    await rows(open).first().click();
    await open.page.getByRole('heading', { name: 'Detail' }).waitFor();
    return open;
  }
  if (name === 'evaluation') {
    const open = await openEvaluation(browser, evalView(), { theme });
    await rows(open).first().click();
    await open.page.getByRole('list', { name: 'Assertions' }).first().waitFor();
    return open;
  }
  const open = await openPage(browser, name, { theme, width: 1100 });
  await open.post(history());
  await open.page.getByRole('table').waitFor();
  return open;
}

describe.each(['feedback', 'evaluation', 'history'] as const)('%s page', (name) => {
  it.each(['light', 'dark', 'hc'] as const)('has no accessibility violation and no refused resource in %s', async (theme) => {
    const open = await loaded(name, theme);
    // Before axe runs: it tries inline styles of its own, and the policy refuses them.
    expect(open.complaints).toEqual([]);
    expect(await violations(open)).toEqual([]);
    if (process.env['PAGE_SHOTS'] !== undefined) await open.page.screenshot({ path: `${process.env['PAGE_SHOTS']}/${name}-${theme}.png` });
    await open.page.context().close();
  });
});

describe('history page', () => {
  it('asks the host for a diff and a restore', async () => {
    const open = await loaded('history');
    await open.page.getByRole('button', { name: 'Diff of v2 against v1' }).click();
    await open.page.getByRole('button', { name: 'Restore… v1' }).click();
    expect((await open.sent()).slice(1)).toEqual([
      { type: 'diff', version: 'v2', against: 'v1' },
      { type: 'restore', version: 'v1' },
    ]);
    await open.page.context().close();
  });

  it('tells of a change that the evidence holds for, of users who are worse off, and of a version that would serve them better', async () => {
    const open = await openPage(browser, 'history', { width: 1100 });
    const shown = history();
    if (shown.type !== 'history') throw new Error('not a history');
    const { score } = shown.entries.at(-1) ?? {};
    if (score == null || score.score === null) throw new Error('no score');
    score.change = { since: '2026-11-12T00:00:00.000Z', direction: 'down', before: 0.82, after: 0.71, logE: 6, level: 0.01 };
    await open.post(shown);
    const worse = { key: 'plan', value: 'free', score: score.score, rest: score.score, p: 0.001, worse: true, version: 'v2' };
    const targeting = { key: 'plan', value: 'free', version: 'v1', instead: 'v2', delta: 0.12, lo: 0.04, hi: 0.2, p: 0.002 };
    await open.post({ type: 'segments', segments: { attributes: ['plan'], worse: [worse], targeting: [targeting] } });
    const findings = open.page.getByRole('list', { name: 'Findings' }).getByRole('listitem');
    await expect.poll(() => findings.count()).toBe(3);
    expect((await findings.allTextContents()).map((text) => text.trim())).toEqual([
      expect.stringMatching(/^Quality of v2 fell from 0\.82 to 0\.71 since 2026-11-12/),
      expect.stringMatching(/^Worse off than the rest: plan = free: 0\.\d\d \[/),
      'plan = free would be served better by v1 than by v2: +0.12 [+0.04, +0.20].',
    ]);
    expect(await violations(open)).toEqual([]);
    await open.page.context().close();
  });
});
