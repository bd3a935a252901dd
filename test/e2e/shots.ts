/** What is photographed, in the order in which one workbench can show it. */
import type { FrameLocator } from 'playwright-core';
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

/** The Feedback view with room to read: the Prompts view above it shrinks. */
async function feedbackAlone(opened: Opened): Promise<FrameLocator> {
  const { workbench } = opened;
  await workbench.openView('Prompt Ratchet');
  await expandPrompts(opened, false);
  const view = await workbench.webview('Feedback');
  await view.locator('.row:not(.waiting), .notice').first().waitFor({ timeout: MINUTES });
  return view;
}

async function expandPrompts({ page }: Opened, expanded: boolean): Promise<void> {
  const header = page.locator('.pane-header', { hasText: /^Prompts/i }).first();
  if ((await header.getAttribute('aria-expanded')) !== String(expanded)) await header.click();
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
    name: 'feedback-list',
    workspace: 'sample',
    async take(opened) {
      await feedbackAlone(opened);
    },
  },
  {
    name: 'feedback-detail',
    workspace: 'sample',
    async take(opened) {
      const page = await feedbackAlone(opened);
      await page.getByRole('searchbox', { name: 'Search comments' }).fill('long');
      await page.getByText(/signals? match/).waitFor({ timeout: MINUTES });
      await page.locator('.row:not(.waiting)').nth(1).click();
      await page.getByRole('heading', { name: 'Detail' }).waitFor({ timeout: MINUTES });
    },
  },
  {
    name: 'feedback-filters',
    workspace: 'sample',
    async take(opened) {
      const page = await feedbackAlone(opened);
      await page.getByRole('button', { name: 'Close Detail' }).click();
      await page.getByRole('searchbox', { name: 'Search comments' }).fill('');
      await page.getByRole('button', { name: /^Filters/ }).click();
      await page.getByRole('combobox', { name: 'Prompt' }).selectOption('support/triage');
      await page.getByRole('combobox', { name: 'Rating' }).selectOption('complaints');
      await page.getByRole('combobox', { name: 'Time' }).selectOption('30d');
      await page.getByText(/signals? match/).waitFor({ timeout: MINUTES });
    },
  },
  {
    name: 'feedback-no-match',
    workspace: 'sample',
    async take(opened) {
      const page = await feedbackAlone(opened);
      await page.getByRole('searchbox', { name: 'Search comments' }).fill('nobody said this');
      await page.getByText('No feedback matches these filters.').waitFor({ timeout: MINUTES });
    },
  },
  {
    name: 'feedback-to-suite',
    workspace: 'sample',
    readme: 'dark',
    async take(opened) {
      const { workbench } = opened;
      const page = await feedbackAlone(opened);
      const clear = page.getByRole('button', { name: 'Clear Filters' }).first();
      if ((await clear.count()) > 0) await clear.click();
      await page.getByRole('searchbox', { name: 'Search comments' }).fill('long');
      await page.getByText(/signals? match/).waitFor({ timeout: MINUTES });
      await page.locator('.row:not(.waiting)').nth(1).click();
      await page.getByRole('button', { name: 'Add to Suite…' }).click({ timeout: MINUTES });
      await workbench.pick(/eval\.yaml/);
      await workbench.editorTab(/add a case/).waitFor({ timeout: MINUTES });
      await opened.page.waitForTimeout(1500);
    },
  },
  {
    name: 'connect-kinds',
    workspace: 'sample',
    async take({ workbench }) {
      await workbench.command('Prompt Ratchet: Connect a Feedback Source…');
      await workbench.option(/Arize Phoenix/).waitFor();
    },
  },
  {
    name: 'connect-test',
    workspace: 'sample',
    async take({ workbench, page }) {
      await page.keyboard.press('Escape');
      await workbench.command('Prompt Ratchet: Connect a Feedback Source…');
      await workbench.pick(/Arize Phoenix/);
      // Nothing listens there.
      await workbench.quickInput().fill('http://127.0.0.1:16996');
      await page.keyboard.press('Enter');
      await page.locator('.quick-input-message').getByText('project').waitFor();
      await page.keyboard.press('Enter');
      await workbench.pick(/Without a Key/);
      await workbench.option(/No connection/).waitFor({ timeout: MINUTES });
    },
  },
  {
    name: 'sources',
    workspace: 'sample',
    async take(opened) {
      const { workbench, page } = opened;
      await page.keyboard.press('Escape');
      await workbench.command('View: Close All Editors');
      await workbench.command('Prompt Ratchet: Start Collector…');
      await workbench.pick(/Choose a Port/);
      await workbench.quickInput().fill('0');
      await page.keyboard.press('Enter');
      await workbench.pick(/Start on 127/);
      await workbench.statusBar(/127\.0\.0\.1:/).waitFor({ timeout: MINUTES });
      await workbench.openView('Prompt Ratchet');
      await expandPrompts(opened, true);
      await workbench
        .tree('Prompts')
        .getByRole('treeitem', { name: /^Feedback sources/ })
        .click();
      await workbench
        .tree('Prompts')
        .getByRole('treeitem', { name: /^Source app-log/ })
        .waitFor({ timeout: MINUTES });
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
    name: 'feedback-empty',
    workspace: 'empty',
    async take(opened) {
      const { workbench } = opened;
      await workbench.openView('Prompt Ratchet');
      await (await workbench.webview('Feedback')).getByText('Connect a feedback source…').waitFor({ timeout: MINUTES });
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
    name: 'feedback-failing',
    workspace: 'failing',
    async take({ workbench }) {
      await workbench.openView('Prompt Ratchet');
      await (await workbench.webview('Feedback')).getByText('Test Connection').first().waitFor({ timeout: MINUTES });
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
