/** The Feedback view as a person uses it: filters, states, keyboard, and a million rows. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFeedback, type OpenFeedback } from './feedbackHost.js';
import { launch, openPage, violations } from './page.js';
import { feedbackDetail, feedbackState } from './samples.js';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
});

const list = ({ page }: OpenFeedback) => page.getByRole('listbox', { name: 'Feedback' });
const close = ({ page }: OpenFeedback) => page.context().close();

describe('the list', () => {
  it('shows the last of a million rows, with a scroll bar that is true to the whole', async () => {
    const open = await openFeedback(browser, { total: 1_000_000 });
    await list(open).press('End');
    await open.page.getByText('row 999999 of a long list').waitFor();
    const place = await open.page.locator('ratchet-feedback-list').evaluate((element) => ({
      left: element.scrollHeight - element.scrollTop - element.clientHeight,
      rows: element.shadowRoot?.querySelectorAll('.row').length ?? 0,
    }));
    expect(Math.abs(place.left)).toBeLessThan(2);
    expect(place.rows).toBeLessThan(60);
    // A scroll bar that is drawn to its middle shows the middle.
    await open.page.locator('ratchet-feedback-list').evaluate((element) => {
      element.scrollTop = (element.scrollHeight - element.clientHeight) / 2;
    });
    await expect
      .poll(async () => Number((await open.page.locator('.row:not(.waiting) .text').nth(8).textContent())?.match(/row (\d+)/)?.[1] ?? 0))
      .toBeGreaterThan(499_900);
    const middle = Number((await open.page.locator('.row:not(.waiting) .text').nth(8).textContent())?.match(/row (\d+)/)?.[1] ?? 0);
    expect(middle).toBeLessThan(500_100);
    await close(open);
  });

  it('moves by as many pixels with the wheel as in a short list, up to the very ends', async () => {
    const open = await openFeedback(browser, { total: 1_000_000 });
    const top = () => open.page.locator('ratchet-feedback-list').evaluate((element) => (element as unknown as { top: number }).top);
    await open.page.locator('.row').first().hover();
    await open.page.mouse.wheel(0, 120);
    await expect.poll(top).toBe(120);
    await open.page.mouse.wheel(0, -500);
    await expect.poll(top).toBe(0);
    await close(open);
  });

  it('calls back what was scrolled past, and asks for a page once', async () => {
    const open = await openFeedback(browser, { total: 1_000_000, latencyMs: 300 });
    for (const share of [0.2, 0.5, 0.8]) {
      await open.page.locator('ratchet-feedback-list').evaluate((element, at) => {
        element.scrollTop = element.scrollHeight * at;
      }, share);
      await open.page.waitForTimeout(80);
    }
    await expect.poll(() => open.page.locator('.row.waiting').count()).toBe(0);
    const { asked, answered, cancelled } = await open.counts();
    expect(cancelled).toBeGreaterThan(0);
    expect(asked).toBeLessThanOrEqual(answered + cancelled + 4);
    const offsets = (await open.sent()).flatMap((message) =>
      'filter' in message ? ((message as { filter: { offset?: number } }).filter.offset ?? []) : [],
    );
    const late = offsets.filter((offset) => offset > 790_000);
    expect(new Set(late).size).toBe(late.length);
    await close(open);
  });

  it('keeps what is read in its place while new feedback comes in above it', async () => {
    const open = await openFeedback(browser, { total: 5_000 });
    const first = () => open.page.locator('ratchet-feedback-list').evaluate((element) => (element as unknown as { top: number }).top / 44);
    await open.page.locator('ratchet-feedback-list').evaluate((element) => {
      element.scrollTop = 44_000;
    });
    await expect.poll(first).toBe(1000);
    await open.setTotal(5_007);
    await open.post(feedbackState());
    await expect.poll(first).toBe(1007);
    await open.page.getByText('5,007 signals').waitFor();
    await close(open);
  });

  it('is usable by keyboard: arrows move, Enter opens, Escape closes the detail and gives the focus back', async () => {
    const open = await openFeedback(browser);
    await list(open).press('ArrowDown');
    await list(open).press('ArrowDown');
    await list(open).press('Enter');
    expect(await open.last('open')).toEqual({ type: 'open', id: 'f-1' });
    await open.page.getByRole('button', { name: 'Close Detail' }).press('Escape');
    await expect
      .poll(async () => list(open).evaluate((element) => element === (element.getRootNode() as ShadowRoot).activeElement))
      .toBe(true);
    await close(open);
  });

  it('says why rows cannot be read, and tries again', async () => {
    const open = await openFeedback(browser);
    await open.setFault('The index is busy.');
    await open.post(feedbackState());
    await open.page.getByText('The index is busy.').waitFor();
    await open.setFault(null);
    await open.page.getByRole('button', { name: 'Try Again' }).click();
    await open.page.getByText('2,143 signals').waitFor();
    await close(open);
  });
});

describe('the filters', () => {
  it('narrow by prompt, version, signal, rating, time, source and segment, stand as chips, and are cleared at once', async () => {
    const open = await openFeedback(browser, { width: 320 });
    await open.page.getByRole('button', { name: 'Filters' }).click();
    const choose = (name: string, value: string) => open.page.getByRole('combobox', { name, exact: true }).selectOption(value);
    await choose('Prompt', 'support/route');
    await choose('Version', 'v2');
    await choose('Signal', 'explicit.comment');
    await choose('Rating', 'low');
    await choose('Time', '7d');
    await choose('Source', 'phoenix');
    await choose('Segment', 'plan');
    await open.page.getByRole('textbox', { name: 'Value of plan' }).fill('free');
    await open.page.getByRole('searchbox', { name: 'Search comments' }).or(open.page.getByLabel('Search comments')).first().fill('refund');
    await expect
      .poll(async () => (await open.last('query'))?.['filter'])
      .toMatchObject({
        prompt: 'support/route',
        version: 'v2',
        signal: 'explicit.comment',
        maxY: 0.3399,
        source: 'phoenix',
        segment: { key: 'plan', value: 'free' },
        search: 'refund',
      });
    const query = (await open.last('query'))?.['filter'] as { since: string; period?: string };
    expect(Date.now() - Date.parse(query.since)).toBeGreaterThan(6.9 * 86_400_000);
    expect(query.period).toBeUndefined();
    // What is remembered is the period, not the day on which it began.
    expect((await open.last('filter'))?.['filter']).toMatchObject({ period: '7d' });
    const chips = open.page.getByRole('group', { name: 'Active filters' }).getByRole('button');
    expect(await chips.allTextContents()).toEqual(
      [
        'Prompt: support/route',
        'Version: v2',
        'Signal: comment',
        'Rating: Low (under 0.34)',
        'plan: free',
        'Source: phoenix',
        'Time: Last 7 days',
        'Clear Filters',
      ].map((text) => expect.stringContaining(text) as string),
    );
    expect(await violations(open)).toEqual([]);
    await open.page.getByRole('button', { name: 'Remove filter Signal: comment' }).click();
    await expect.poll(async () => (await open.last('query'))?.['filter']).not.toHaveProperty('signal');
    await open.page.getByRole('button', { name: 'Clear Filters' }).click();
    await expect.poll(async () => (await open.last('filter'))?.['filter']).toEqual({});
    await close(open);
  });

  it('come back with the state, are not lost by what the page does not offer, and take bounds of one’s own', async () => {
    const open = await openFeedback(browser, { state: { filter: { prompt: 'gone/prompt', version: null, minY: 0.2, maxY: 0.4 } } });
    await open.page.getByText('2,143 signals match').waitFor();
    await open.page.getByRole('button', { name: 'Filters, 3 active' }).click();
    expect(await open.page.getByRole('combobox', { name: 'Prompt' }).inputValue()).toBe('gone/prompt');
    expect(await open.page.getByRole('combobox', { name: 'Version' }).inputValue()).toBe('?');
    const to = open.page.getByRole('spinbutton', { name: 'Rating to' });
    await to.fill('0.5');
    await to.press('Tab');
    await expect.poll(async () => (await open.last('query'))?.['filter']).toMatchObject({ minY: 0.2, maxY: 0.5, version: null });
    await close(open);
  });

  it('are the page’s own: a state that was on its way takes none of them back, and closes no detail', async () => {
    const open = await openFeedback(browser);
    await open.page.getByRole('searchbox').fill('refund');
    await open.page.getByText('2,143 signals match').waitFor();
    await open.page.locator('.row:not(.waiting)').first().click();
    await open.page.getByRole('heading', { name: 'Detail' }).waitFor();
    await open.post(feedbackState());
    await open.post(feedbackState({ failing: [{ name: 'app', message: 'No answer.' }] }));
    await open.page.getByText('No answer.').waitFor();
    expect(await open.page.getByRole('searchbox').inputValue()).toBe('refund');
    expect(await open.page.getByRole('heading', { name: 'Detail' }).count()).toBe(1);
    // Asked for from elsewhere, as by *Show Feedback* of a prompt, it is another matter.
    await open.post(feedbackState({ asked: 1, filter: { prompt: 'support/route' } }));
    await expect.poll(async () => (await open.last('query'))?.['filter']).toMatchObject({ prompt: 'support/route' });
    expect(await open.page.getByRole('searchbox').inputValue()).toBe('');
    await close(open);
  });

  it('that match nothing say so and offer to be cleared', async () => {
    const open = await openFeedback(browser, { total: 0, state: { filter: { search: 'xyz' } } });
    await open.page.getByText('No feedback matches these filters.').waitFor();
    expect(await violations(open)).toEqual([]);
    await open.page.getByRole('button', { name: 'Clear Filters' }).click();
    await expect.poll(async () => (await open.last('filter'))?.['filter']).toEqual({});
    await open.page.getByText('The connected sources hold no feedback yet.').waitFor();
    await close(open);
  });

  it('that match nothing offer to be cleared once, beside the chips where there are some', async () => {
    const open = await openFeedback(browser, { total: 0, state: { filter: { search: 'xyz', prompt: 'support/route' } } });
    await open.page.getByText('No feedback matches these filters.').waitFor();
    expect(await open.page.getByRole('button', { name: 'Clear Filters' }).count()).toBe(1);
    await close(open);
  });
});

describe('the states', () => {
  it('without a source it offers to connect one', async () => {
    const open = await openPage(browser, 'feedback');
    await open.page.getByText('Reading feedback…').waitFor();
    await open.post(feedbackState({ sources: 0 }));
    await open.page.getByRole('button', { name: 'Connect a feedback source…' }).click();
    await expect.poll(async () => (await open.sent()).at(-1)).toEqual({ type: 'connect' });
    expect(await violations(open)).toEqual([]);
    await open.page.context().close();
  });

  it('a source that fails and one that waits for trust stand above what there is, each with its way out', async () => {
    const failing = ['a', 'b', 'c'].map((name) => ({ name, message: `${name} does not answer.` }));
    const open = await openFeedback(browser, { width: 320, state: { failing, waiting: ['phoenix'] } });
    await open.page.getByText('b does not answer.').waitFor();
    expect(await open.page.getByText('c does not answer.').count()).toBe(0);
    await open.page.getByText('One more source fails').waitFor();
    await open.page.getByRole('button', { name: 'Test Connection' }).first().click();
    expect(await open.last('test')).toEqual({ type: 'test', source: 'a' });
    await open.page.getByRole('button', { name: 'Manage Workspace Trust' }).click();
    expect(await open.last('trust')).toEqual({ type: 'trust' });
    expect(await violations(open)).toEqual([]);
    await close(open);
  });

  it('a database that could not be asked is named above the rows of the others', async () => {
    const failed = [{ source: 'team', code: 'SOURCE_FAILED', message: 'The database does not answer.' }];
    const open = await openFeedback(browser, { total: 3, failed });
    await open.page.getByText('The database does not answer.').waitFor();
    expect(await open.page.locator('.row:not(.waiting)').count()).toBe(3);
    await close(open);
  });

  it('a server that is down is told as such', async () => {
    const open = await openFeedback(browser, { state: { error: 'The server is not running.' } });
    await open.page.getByRole('alert').getByText('The server is not running.').waitFor();
    await open.page.getByRole('button', { name: 'Show Log' }).click();
    expect(await open.last('log')).toEqual({ type: 'log' });
    await close(open);
  });
});

describe('the detail', () => {
  it('and the list stay large enough to read in a low view with all filters open, and stand side by side in a wide one', async () => {
    const open = await openFeedback(browser, { width: 320, height: 360 });
    await open.page.getByRole('button', { name: 'Filters' }).click();
    await open.page.locator('.row').first().click();
    await open.page.getByRole('heading', { name: 'Detail' }).waitFor();
    const box = (selector: string) => open.page.locator(selector).boundingBox();
    expect((await box('ratchet-feedback-list'))?.height).toBeGreaterThanOrEqual(130);
    expect((await box('.detail'))?.height).toBeGreaterThanOrEqual(130);
    await open.page.setViewportSize({ width: 1000, height: 400 });
    const [list, detail] = [await box('ratchet-feedback-list'), await box('.detail')];
    expect(detail?.x).toBeGreaterThanOrEqual((list?.x ?? 0) + (list?.width ?? 0) - 1);
    expect(detail?.y).toBe(list?.y);
    await close(open);
  });

  it('shows the interaction, what was served and said, and asks the host for each action', async () => {
    const open = await openFeedback(browser, { width: 320 });
    await open.page.locator('.row').first().click();
    await open.page.getByText('my parcel never came', { exact: true }).waitFor();
    await open.page.getByText('Prompt as served (v1)').click();
    await open.page.getByText('Route the message: my parcel never came').waitFor();
    for (const [name, type] of [
      ['Add to Suite…', 'addToSuite'],
      ['Open in Source…', 'openSource'],
      ['Show Line in Log', 'showLine'],
    ] as const) {
      await open.page.getByRole('button', { name }).click();
      expect(await open.last(type)).toEqual({ type, id: 'f-0' });
    }
    await open.page.getByRole('button', { name: 'Copy All' }).click();
    expect((await open.last('copy'))?.['text']).toContain('message: my parcel never came');
    expect(await violations(open)).toEqual([]);
    await close(open);
  });

  it('shows a comment with markup as text and runs nothing of it', async () => {
    const open = await openFeedback(browser);
    await open.page.locator('.row').first().click();
    await open.page.getByRole('heading', { name: 'Detail' }).waitFor();
    const hostile = '<img src=x onerror="window.pwned = true"><b>bold</b>';
    const detail = feedbackDetail();
    await open.post({ type: 'detail', id: 'f-0', detail: { ...detail, row: { ...detail.row, text: hostile } } });
    await open.page.getByText(hostile).waitFor();
    expect(await open.page.evaluate(() => 'pwned' in window)).toBe(false);
    expect(await open.page.locator('img').count()).toBe(0);
    await close(open);
  });

  it('offers only what is possible: no address, no log, no case without an interaction', async () => {
    const open = await openFeedback(browser);
    await open.page.locator('.row').first().click();
    await open.page.getByRole('heading', { name: 'Detail' }).waitFor();
    await open.post({ type: 'detail', id: 'f-0', detail: { ...feedbackDetail(), interaction: null, url: null, file: null } });
    await open.page.getByText('The source holds no interaction').waitFor();
    const names = await open.page
      .getByRole('toolbar')
      .getByRole('button')
      .evaluateAll((buttons) => buttons.map((button) => button.getAttribute('aria-label')));
    expect(names).toEqual(['Copy All', 'Close Detail']);
    await close(open);
  });
});
