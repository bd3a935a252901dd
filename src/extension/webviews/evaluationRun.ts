import type { Event } from 'vscode';
import type { EvalDocument } from '../../shared/evalDocument.js';

interface Reports {
  readonly onEvalReport: Event<{ runId: string; document: EvalDocument }>;
}

interface Page {
  open(): void;
  show(document: EvalDocument, running: boolean): void;
}

/**
 * Shows a run while it fills, and its result. `open`: the tab is opened with the first snapshot; else it is only filled where it is open.
 * A run that breaks leaves what was there until then, as stopped.
 */
export async function showRun(
  reports: Reports,
  page: Page,
  run: { runId: string; open: boolean },
  work: () => Promise<EvalDocument>,
): Promise<EvalDocument> {
  const shown: { last: EvalDocument | null } = { last: null };
  let opened = !run.open;
  const show = (document: EvalDocument, running: boolean): void => {
    // Once: whoever closes the tab meanwhile wants it closed.
    if (!opened) page.open();
    opened = true;
    page.show(document, running);
  };
  const listener = reports.onEvalReport(({ runId, document }) => {
    if (runId !== run.runId) return;
    shown.last = document;
    show(document, true);
  });
  try {
    const document = await work();
    show(document, false);
    return document;
  } catch (error) {
    if (shown.last !== null) show(shown.last, false);
    throw error;
  } finally {
    listener.dispose();
  }
}
