/**
 * Scrolling a million rows of the Feedback view in Chromium, with a host that answers each question after a pause. A gap is a time in which a row
 * in view is still a placeholder: while scrolling by wheel and by keys, and after the scroll bar was dragged to a place and let go.
 * Frame times are those of the page: a frame that took long is a gap as well, since nothing moves meanwhile.
 */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { openFeedback, type OpenFeedback } from '../webview/feedbackHost.js';
import { launch } from '../webview/page.js';

const total = 1_000_000;
const latencies = [5, 30];

interface Measure {
  frames: number;
  p95: number;
  longestFrame: number;
  longestGap: number;
  gapShare: number;
}

interface MeterWindow {
  meter: { stop: () => Measure };
}

/** Looks at every frame until it is stopped. */
async function startMeter({ page }: OpenFeedback): Promise<() => Promise<Measure>> {
  await page.evaluate(() => {
    const list = document.querySelector('ratchet-feedback-page')?.shadowRoot?.querySelector('ratchet-feedback-list');
    const frames: number[] = [];
    let last = performance.now();
    let gapFrom: number | null = null;
    let longestGap = 0;
    let inGap = 0;
    let handle = 0;
    const look = (): void => {
      const now = performance.now();
      frames.push(now - last);
      const box = list?.getBoundingClientRect();
      const waiting = [...(list?.shadowRoot?.querySelectorAll('.row.waiting') ?? [])].some((row) => {
        const { top, bottom } = row.getBoundingClientRect();
        return box !== undefined && bottom > box.top && top < box.bottom;
      });
      if (waiting) {
        gapFrom ??= last;
        inGap += now - last;
        longestGap = Math.max(longestGap, now - gapFrom);
      } else gapFrom = null;
      last = now;
      handle = requestAnimationFrame(look);
    };
    handle = requestAnimationFrame(look);
    (window as unknown as MeterWindow).meter = {
      stop: () => {
        cancelAnimationFrame(handle);
        const sorted = frames.slice(1).sort((a, b) => a - b);
        return {
          frames: sorted.length,
          p95: sorted[Math.floor(sorted.length * 0.95)] ?? 0,
          longestFrame: sorted.at(-1) ?? 0,
          longestGap,
          gapShare:
            inGap /
            Math.max(
              1,
              sorted.reduce((sum, frame) => sum + frame, 0),
            ),
        };
      },
    };
  });
  return () => page.evaluate(() => (window as unknown as MeterWindow).meter.stop());
}

const ways: Record<string, (open: OpenFeedback) => Promise<void>> = {
  'wheel, 3 s': async ({ page }) => {
    await page.locator('.row').first().hover();
    const end = Date.now() + 3000;
    while (Date.now() < end) await page.mouse.wheel(0, 240);
  },
  'Page Down held, 3 s': async ({ page }) => {
    const list = page.getByRole('listbox', { name: 'Feedback' });
    await list.focus();
    const end = Date.now() + 3000;
    while (Date.now() < end) {
      await page.keyboard.press('PageDown');
      await page.waitForTimeout(30);
    }
  },
  'bar let go at 8 places': async ({ page }) => {
    for (const share of [0.13, 0.87, 0.42, 0.99, 0.01, 0.66, 0.31, 0.5]) {
      await page.locator('ratchet-feedback-list').evaluate((element, at) => {
        element.scrollTop = (element.scrollHeight - element.clientHeight) * at;
      }, share);
      await page.waitForTimeout(400);
    }
  },
};

describe('a million rows', () => {
  let browser: Browser;
  const table: Record<string, string | number>[] = [];
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
    console.table(table);
  });
  for (const latencyMs of latencies) {
    for (const [way, scroll] of Object.entries(ways)) {
      test(`${way}, answers after ${String(latencyMs)} ms`, async () => {
        const open = await openFeedback(browser, { total, latencyMs, width: 360, height: 800 });
        const stop = await startMeter(open);
        await scroll(open);
        const measure = await stop();
        const { asked, cancelled } = await open.counts();
        table.push({
          way,
          'answer ms': latencyMs,
          frames: measure.frames,
          'frame p95 ms': Number(measure.p95.toFixed(1)),
          'longest frame ms': Number(measure.longestFrame.toFixed(1)),
          'longest gap ms': Number(measure.longestGap.toFixed(1)),
          'in gaps %': Number((measure.gapShare * 100).toFixed(1)),
          asked,
          'called back': cancelled,
        });
        await open.page.context().close();
      });
    }
  }
});
