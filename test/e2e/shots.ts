/** What is photographed, in the order in which one workbench can show it. */
import type { Opened } from './harness.js';

export interface Shot {
  name: string;
  workspace: 'sample' | 'empty' | 'failing';
  /** Theme in which the README shows it, if it does. */
  readme?: 'light' | 'dark';
  /** The picture is of what the mouse points at. */
  hover?: true;
  take(opened: Opened): Promise<void>;
}

const LOW = 'triage';
const MINUTES = 60_000;

async function openLow({ workbench }: Opened): Promise<void> {
  await workbench.openView('Prompt Ratchet');
  await workbench
    .tree('Prompts')
    .getByRole('treeitem', { name: new RegExp(LOW) })
    .first()
    .waitFor({ timeout: MINUTES });
  // Not by a click in the tree, which sorts itself anew while scores arrive.
  const tab = workbench.editorTab(/^triage\.prompty/);
  // A page that has the focus keeps the keys of Quick Open to itself.
  if ((await tab.count()) > 0) await tab.click();
  else await workbench.openFile('prompts/support/triage.prompty');
  await workbench.codeLens(/users/).waitFor({ timeout: MINUTES });
}

export const shots: Shot[] = [
  {
    name: 'side-panel',
    workspace: 'sample',
    async take({ workbench }) {
      await workbench.openView('Prompt Ratchet');
      await workbench
        .tree('Prompts')
        .getByRole('treeitem', { name: new RegExp(LOW) })
        .first()
        .waitFor({ timeout: MINUTES });
      await (await workbench.webview('Feedback')).getByText(/[0-9] signals/).waitFor({ timeout: MINUTES });
    },
  },
  {
    name: 'overview',
    workspace: 'sample',
    readme: 'dark',
    take: openLow,
  },
  {
    name: 'hover',
    workspace: 'sample',
    hover: true,
    async take(opened) {
      await openLow(opened);
      const place = opened.page.locator('.view-line', { hasText: 'name: support/triage' }).first();
      await place.hover({ position: { x: 120, y: 8 } });
      await opened.page.locator('.monaco-hover-content:visible').first().waitFor();
      await opened.page.waitForTimeout(800);
    },
  },
  {
    name: 'evaluation',
    workspace: 'sample',
    readme: 'dark',
    async take(opened) {
      await openLow(opened);
      await opened.workbench.codeLens('Evaluate').click();
      await (
        await opened.workbench.webview('Evaluation')
      )
        .getByText(/answers? · [0-9]+ passed/)
        .first()
        .waitFor({ timeout: 10 * MINUTES });
    },
  },
  {
    name: 'test-explorer',
    workspace: 'sample',
    async take({ workbench }) {
      await workbench.openView('Testing');
      const tree = workbench.tree('Test Explorer');
      await tree.getByRole('treeitem').first().waitFor({ timeout: MINUTES });
      await tree.locator('.monaco-list-row', { hasText: 'triage' }).first().click();
      await workbench.page.keyboard.press('ArrowRight');
    },
  },
  {
    name: 'suggestion',
    workspace: 'sample',
    readme: 'dark',
    async take(opened) {
      await openLow(opened);
      await opened.workbench.codeLens('Suggest').click();
      await opened.workbench.editorTab(/triage\.prompty: .* suggestion/).waitFor({ timeout: 10 * MINUTES });
    },
  },
  {
    name: 'evidence',
    workspace: 'sample',
    async take({ workbench, page }) {
      await workbench.command('Prompt Ratchet: Show Evidence');
      await page
        .getByText(/EVIDENCE.FOR.SUGGESTION/)
        .first()
        .waitFor();
    },
  },
  {
    name: 'history',
    workspace: 'sample',
    async take(opened) {
      await openLow(opened);
      await opened.workbench.codeLens('History').click();
      await (await opened.workbench.webview(/^History/)).getByRole('row').nth(1).waitFor({ timeout: MINUTES });
    },
  },
  {
    name: 'empty',
    workspace: 'empty',
    async take({ workbench, page }) {
      await workbench.openView('Prompt Ratchet');
      await page
        .locator('.sidebar .welcome-view')
        .getByText(/no prompt file/i)
        .waitFor({ timeout: MINUTES });
    },
  },
  {
    name: 'failing',
    workspace: 'failing',
    async take({ workbench }) {
      await workbench.openFile('prompts/answer.prompty');
      await workbench.openView('Prompt Ratchet');
      await workbench.codeLens('Evaluate').click({ timeout: MINUTES });
      await (
        await workbench.webview('Evaluation')
      )
        .getByText('Error', { exact: true })
        .first()
        .waitFor({ timeout: 2 * MINUTES });
    },
  },
];
