/**
 * The Evaluation tab with 10,000 cases in four columns: a run over the language server (the deltas that it sends), the stored report as the
 * server gives it, and the built page in Chromium: from the message to the first row (with the server at most 1 s), then frame times while it
 * scrolls by wheel and by keys, is searched, is filtered, and fills (60 a second: 16.7 ms).
 */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { EvalDelta, EvalView } from '../../src/shared/evalView.js';
import { Methods, Notifications } from '../../src/shared/protocol.js';
import { startServer } from '../support/languageServer.js';
import { temporaryFolder } from '../support/temporary.js';
import { launch, openPage, type OpenPage } from '../webview/page.js';

const count = 10_000;
const suite = 'a.eval.yaml';

interface MeterWindow {
  meter: () => { p50: number; p95: number; longest: number };
}

async function frames({ page }: OpenPage, act: () => Promise<void>): Promise<ReturnType<MeterWindow['meter']>> {
  await page.evaluate(() => {
    const times: number[] = [];
    let last = performance.now();
    let handle = 0;
    const look = (): void => {
      const now = performance.now();
      times.push(now - last);
      last = now;
      handle = requestAnimationFrame(look);
    };
    handle = requestAnimationFrame(look);
    (window as unknown as MeterWindow).meter = () => {
      cancelAnimationFrame(handle);
      const sorted = times.slice(1).sort((a, b) => a - b);
      const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
      return { p50: at(0.5), p95: at(0.95), longest: at(1) };
    };
  });
  await act();
  return page.evaluate(() => (window as unknown as MeterWindow).meter());
}

describe('10,000 cases in four columns', () => {
  let browser: Browser;
  let view: EvalView;
  const deltas: EvalDelta[] = [];
  const table: Record<string, string | number>[] = [];
  const note = (what: string, ms: number, more: Record<string, number> = {}): void => {
    table.push({ what, ms: Math.round(ms * 10) / 10, ...more });
  };

  beforeAll(async () => {
    browser = await launch();
    const root = temporaryFolder({
      '.ratchet/config.yaml': 'version: 1\n',
      [suite]: [
        'prompts: ["A {{m}}", "B {{m}}", "C {{m}}", "D {{m}}"]',
        'providers: [echo]',
        'defaultTest: { assert: [{ type: contains, value: "7" }, { type: icontains, value: question }] }',
        'tests: file://cases.csv',
        '',
      ].join('\n'),
      'cases.csv': `m\n${Array.from({ length: count }, (_, index) => `question ${String(index)} about a parcel that never came ${'word '.repeat(80)}`).join('\n')}\n`,
    });
    const server = await startServer(root, { trusted: true });
    server.connection.onNotification(Notifications.evalDelta.method, ({ delta }: { delta: EvalDelta }) => {
      deltas.push(delta);
    });
    const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
      const start = performance.now();
      const result = await work();
      note(what, performance.now() - start);
      return result;
    };
    await timed('suites, the first time', () => server.ask(Methods.suites, {}));
    await timed('run of 40,000 echo answers', () => server.ask(Methods.evalRun, { runId: 'x', suites: [suite] }));
    note('deltas of it (number)', deltas.length);
    const shown = await timed('the stored report from the server', () => server.ask(Methods.evalView, { suite }));
    if (shown === null) throw new Error('not stored');
    view = shown;
    await timed('one case with everything', () =>
      server.ask(Methods.evalCells, { suite, run: shown.head.run, cells: [0, count, 2 * count, 3 * count], rendered: true }),
    );
    await timed('search in all outputs', () => server.ask(Methods.evalSearch, { suite, run: shown.head.run, text: 'question 77' }));
    await server.stop();
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    console.table(table);
  });

  test('the page', { timeout: 120_000 }, async () => {
    const open = await openPage(browser, 'evaluation', { width: 1100, height: 800 });
    const { page } = open;
    const message = JSON.stringify({ type: 'view', suites: [suite], view, history: [] });
    note('MB that the page is given', message.length / 1e6);
    const shown = await page.evaluate(async (text) => {
      const start = performance.now();
      window.postMessage(JSON.parse(text), '*');
      const row = (): Element | null | undefined =>
        document
          .querySelector('ratchet-evaluation-page')
          ?.shadowRoot?.querySelector('ratchet-case-list')
          ?.shadowRoot?.querySelector('.row');
      while (row() == null) await new Promise((resolve) => requestAnimationFrame(resolve));
      return performance.now() - start;
    }, message);
    note('message to first row', shown);
    const measure = async (what: string, act: () => Promise<void>): Promise<void> => {
      const { p50, p95, longest } = await frames(open, act);
      note(what, p50, { p95: Math.round(p95 * 10) / 10, longest: Math.round(longest * 10) / 10 });
    };
    await measure('frames: wheel, 3 s', async () => {
      await page.locator('.row').first().hover();
      const end = Date.now() + 3000;
      while (Date.now() < end) await page.mouse.wheel(0, 240);
    });
    await measure('frames: Page Down, 3 s', async () => {
      await page.getByRole('listbox').focus();
      const end = Date.now() + 3000;
      while (Date.now() < end) {
        await page.keyboard.press('PageDown');
        await page.waitForTimeout(30);
      }
    });
    await measure('frames: search is typed', async () => {
      await page.getByRole('searchbox').click();
      for (const letter of 'parcel 77') {
        await page.keyboard.type(letter);
        await page.waitForTimeout(100);
      }
    });
    await page.getByRole('searchbox').fill('');
    await measure('frames: filters', async () => {
      for (const name of ['Failed', 'Passed', 'All']) {
        await page.getByRole('button', { name, exact: true }).click();
        await page.waitForTimeout(200);
      }
    });
    await measure('frames: it fills', async () => {
      const { stats, columns, passRate } = view.head.report;
      for (let round = 0; round < 10; round++) {
        const at = Array.from({ length: 500 }, (_, index) => round * 500 + index);
        const ones = at.map(() => 1);
        const delta: EvalDelta = {
          ...{ suite, run: view.head.run, columns, stats, passRate, cases: [], at, again: true, repeat: ones, score: ones },
          ...{ case: at.map((cell) => view.rows.case[cell] ?? 0), column: at.map((cell) => view.rows.column[cell] ?? 0) },
          status: 'p'.repeat(at.length),
        };
        await open.post({ type: 'delta', delta });
        await page.waitForTimeout(200);
      }
    });
    await page.context().close();
  });
});
