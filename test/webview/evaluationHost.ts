/** The Evaluation page with a host that answers for cells and searches, as the extension does. */
import type { Browser } from 'playwright-core';
import type { EvalView, SuiteRunEntry } from '../../src/shared/evalView.js';
import { openPage, type OpenPage } from './page.js';
import { evalDetail, suiteRuns } from './samples.js';
import type { ThemeName } from './themes.js';

interface Asked {
  type: string;
  request: number;
  cells: number[];
  text: string;
}

export async function openEvaluation(
  browser: Browser,
  view: EvalView,
  options: { theme?: ThemeName; width?: number; height?: number; suites?: string[]; history?: SuiteRunEntry[] } = {},
): Promise<OpenPage> {
  const open = await openPage(browser, 'evaluation', { width: 1100, ...options });
  await open.page.exposeFunction('hostAnswer', (message: Asked) => {
    if (message.type === 'detail')
      return { type: 'detail', request: message.request, detail: evalDetail(view, message.cells), message: null };
    if (message.type === 'search') {
      const found = Array.from(view.rows.status).flatMap((letter, cell) =>
        letter === 'f' && 'returns, i think'.includes(message.text) ? [cell] : [],
      );
      return { type: 'found', request: message.request, cells: found };
    }
    return null;
  });
  await open.page.evaluate(() => {
    const host = window as unknown as { onSent: (message: unknown) => void; hostAnswer: (message: unknown) => Promise<unknown> };
    host.onSent = (message) => {
      void host.hostAnswer(message).then((answer) => {
        if (answer !== null) window.postMessage(answer, '*');
      });
    };
  });
  const { suite } = view.head.report;
  await open.post({ type: 'view', suites: options.suites ?? [suite], view, history: options.history ?? suiteRuns() });
  await open.page.getByRole('heading', { name: suite }).waitFor({ state: 'attached' });
  return open;
}
