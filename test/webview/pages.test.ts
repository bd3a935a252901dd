import axe from 'axe-core';
import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PageName } from '../../src/extension/webviews/pageHtml.js';
import { evalReport, feedbackDetail, feedbackPage, feedbackState, history } from './samples.js';
import { launch, openPage, type OpenPage } from './page.js';
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

async function violations(open: OpenPage): Promise<string[]> {
  await open.page.evaluate(axe.source);
  return open.page.evaluate(async () => {
    const runner = (window as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }).axe;
    const result = await runner.run();
    return result.violations.flatMap((violation) => violation.nodes.map((node) => `${violation.id}: ${node.html.slice(0, 160)}`));
  });
}

async function loaded(name: PageName, theme: ThemeName = 'dark'): Promise<OpenPage> {
  const open = await openPage(browser, name, name === 'feedback' ? { theme, width: 320 } : { theme, width: 1100 });
  if (name === 'feedback') {
    await open.post(feedbackState());
    await expect.poll(async () => (await open.sent()).some((message) => message.type === 'query')).toBe(true);
    await open.post(feedbackPage());
    await rows(open).first().click();
    await open.post({ type: 'detail', detail: feedbackDetail() });
    await open.page.getByRole('heading', { name: 'Detail' }).waitFor();
  } else if (name === 'evaluation') {
    await open.post({ type: 'report', title: 'routing', document: evalReport(), running: false });
    await rows(open).first().click();
  } else {
    await open.post(history());
    await open.page.getByRole('table').waitFor();
  }
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

describe('feedback page', () => {
  it('shows a comment with markup as text and runs nothing of it', async () => {
    const open = await loaded('feedback');
    const hostile = '<img src=x onerror="window.pwned = true"><b>bold</b>';
    await open.post({ type: 'detail', detail: { ...feedbackDetail(), row: { ...feedbackDetail().row, text: hostile } } });
    await open.page.getByText(hostile).waitFor();
    expect(await open.page.evaluate(() => 'pwned' in window)).toBe(false);
    expect(await open.page.locator('img').count()).toBe(0);
    await open.page.context().close();
  });

  it('keeps only the visible rows in the page and asks for more near the end', async () => {
    const open = await openPage(browser, 'feedback');
    await open.post(feedbackState());
    await expect.poll(async () => (await open.sent()).filter((message) => message.type === 'query').length).toBe(1);
    await open.post(feedbackPage(200));
    await rows(open).first().waitFor();
    expect(await rows(open).count()).toBeLessThan(60);
    await open.page.getByRole('listbox', { name: 'Feedback' }).press('End');
    await expect.poll(async () => (await open.sent()).filter((message) => message.type === 'query').length).toBe(2);
    await open.page.context().close();
  });

  it('is usable by keyboard: arrows move, Enter opens, Escape closes the detail and gives the focus back', async () => {
    const open = await openPage(browser, 'feedback');
    await open.post(feedbackState());
    await expect.poll(async () => (await open.sent()).some((message) => message.type === 'query')).toBe(true);
    await open.post(feedbackPage());
    const list = open.page.getByRole('listbox', { name: 'Feedback' });
    await list.press('ArrowDown');
    await list.press('ArrowDown');
    await list.press('Enter');
    await expect.poll(async () => (await open.sent()).at(-1)).toEqual({ type: 'open', id: 'f-1' });
    await open.post({ type: 'detail', detail: feedbackDetail() });
    await open.page.getByRole('button', { name: 'Close detail' }).press('Escape');
    await expect.poll(async () => list.evaluate((element) => element === (element.getRootNode() as ShadowRoot).activeElement)).toBe(true);
    await open.page.context().close();
  });

  it('offers to connect a source where there is none', async () => {
    const open = await openPage(browser, 'feedback');
    await open.post({ ...feedbackState(), sources: 0 });
    await open.page.getByRole('button', { name: 'Connect a feedback source…' }).click();
    await expect.poll(async () => (await open.sent()).at(-1)).toEqual({ type: 'connect' });
    await open.page.context().close();
  });
});

describe('evaluation page', () => {
  it('never shows a rate without its interval, and tells errors from failures', async () => {
    const open = await loaded('evaluation');
    await open.page.getByText('67 % [30, 90]').waitFor();
    await open.page.getByRole('button', { name: 'Errors' }).click();
    expect(await rows(open).count()).toBe(1);
    await open.page.getByRole('button', { name: 'Run 2 Not Passed' }).click();
    const last = (await open.sent()).at(-1);
    expect(last).toMatchObject({ type: 'run', cases: ['c2', 'c3'] });
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
});
