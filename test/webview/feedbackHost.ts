/** The Feedback page with a host that answers in the page itself, after a pause, as the server would: any number of rows, none of them kept. */
import type { Browser } from 'playwright-core';
import type { FailedSource } from '../../src/shared/documents.js';
import type { FeedbackListParams } from '../../src/shared/protocol.js';
import type { ToFeedbackPage } from '../../src/shared/webviewProtocol.js';
import { openPage, type OpenPage } from './page.js';
import { feedbackDetail, feedbackState, row } from './samples.js';
import type { ThemeName } from './themes.js';

export interface FeedbackHostOptions {
  theme?: ThemeName;
  width?: number;
  height?: number;
  total?: number;
  /** ms from a question to its answer. */
  latencyMs?: number;
  /** Sources that the rows are without. */
  failed?: FailedSource[];
  state?: Partial<Extract<ToFeedbackPage, { type: 'state' }>>;
}

/** The window of the page, as the host's script sees it. */
interface HostWindow {
  onSent: (message: { type: string; request?: number; id?: string; filter?: FeedbackListParams }) => void;
  host: { total: number; latencyMs: number; asked: number; answered: number; cancelled: number; fail: string | null };
}

export interface OpenFeedback extends OpenPage {
  /** Rows that there are from now on; the page learns of it by the next state. */
  setTotal: (total: number) => Promise<void>;
  setFault: (message: string | null) => Promise<void>;
  /** Questions so far, and how many of them were called back. */
  counts: () => Promise<{ asked: number; answered: number; cancelled: number }>;
  /** The last message of a type that the page sent. */
  last: (type: string) => Promise<Record<string, unknown> | undefined>;
}

export async function openFeedback(browser: Browser, options: FeedbackHostOptions = {}): Promise<OpenFeedback> {
  const { total = 2_143, latencyMs = 0, failed = [], state = {}, ...size } = options;
  const open = await openPage(browser, 'feedback', size);
  await open.page.evaluate(
    ({ count, pause, template, detail, failed: lost }) => {
      const own = window as unknown as HostWindow;
      own.host = { total: count, latencyMs: pause, asked: 0, answered: 0, cancelled: 0, fail: null };
      const gone = new Set<number>();
      const answer = (message: unknown): void => {
        window.postMessage(message, '*');
      };
      own.onSent = ({ type, request = 0, id = '', filter = {} }) => {
        const { host } = own;
        if (type === 'cancel') {
          host.cancelled++;
          gone.add(request);
        } else if (type === 'open') {
          const index = Number(id.slice(2));
          answer({ type: 'detail', id, detail: { ...detail, row: { ...detail.row, id, line: index + 1 } } });
        } else if (type === 'query') {
          host.asked++;
          setTimeout(() => {
            if (gone.has(request)) return;
            host.answered++;
            if (host.fail !== null) {
              answer({ type: 'failed', request, message: host.fail });
              return;
            }
            const { offset = 0, limit = 100 } = filter;
            const rows = Array.from({ length: Math.max(0, Math.min(limit, host.total - offset)) }, (_, index) => ({
              ...template,
              id: `f-${String(offset + index)}`,
              line: offset + index + 1,
              text: `row ${String(offset + index)} of a long list`,
            }));
            answer({
              type: 'page',
              request,
              document: { schema: 'promptratchet.feedback/1', rows, total: host.total, nextCursor: null, failed: lost },
            });
          }, host.latencyMs);
        }
      };
    },
    { count: total, pause: latencyMs, template: row(0), detail: feedbackDetail(), failed },
  );
  await open.post(feedbackState(state));
  if (total > 0 && state.error === undefined && state.sources !== 0) await open.page.locator('.row:not(.waiting)').first().waitFor();
  return {
    ...open,
    setTotal: (count) =>
      open.page.evaluate((value) => {
        (window as unknown as HostWindow).host.total = value;
      }, count),
    setFault: (message) =>
      open.page.evaluate((value) => {
        (window as unknown as HostWindow).host.fail = value;
      }, message),
    counts: () =>
      open.page.evaluate(() => {
        const { asked, answered, cancelled } = (window as unknown as HostWindow).host;
        return { asked, answered, cancelled };
      }),
    last: async (type) => (await open.sent()).findLast((message) => message.type === type),
  };
}
