/** The packaged VSIX, installed: what a person sees first. */
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { closeBrowser, openWorkbench } from '../harness.js';
import type { Opened } from '../harness.js';

let opened: Opened | null = null;

afterEach(async () => {
  await opened?.close();
  opened = null;
});
afterAll(closeBrowser);

describe('the installed extension', () => {
  it('has its place in the activity bar, and lists the prompts of the workspace there', async () => {
    opened = await openWorkbench();
    await opened.workbench.openView('Prompt Ratchet');
    const prompts = opened.workbench.tree('Prompts').getByRole('treeitem');
    await prompts.first().waitFor({ timeout: 60_000 });
    expect(await prompts.count()).toBeGreaterThan(0);
  });
});
