/**
 * The first ten minutes with the local model, by hand: from the sample workspace to a certified suggestion in the diff editor, then accepted,
 * committed and rolled back. Nothing here is a stand-in: the packaged extension, a real model, a real repository.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { git } from '../../../src/build/lib/workspace.mjs';
import { bringAnswers } from '../../support/modelAnswers.js';
import { closeBrowser, openWorkbench } from '../harness.js';
import type { Opened } from '../harness.js';

const MINUTE = 60_000;
const prompt = 'prompts/support/triage.prompty';

let opened: Opened;
let before = '';

const onDisk = (): string => readFileSync(join(opened.folder, prompt), 'utf8');
const head = async (): Promise<string> => git(opened.folder, 'log', '-1', '--format=%H%n%B');

/** Shows the screen as it is when a step fails: what was there instead is half of the answer. */
async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await opened.page.screenshot({ path: join(import.meta.dirname, `../../output/loop-${name}.png`) });
    throw error;
  }
}

describe('the loop in the editor, with the local model', () => {
  beforeAll(async () => {
    // The model's answers of an earlier run spare this one minutes; without them it asks the model itself.
    opened = await openWorkbench({ prepare: bringAnswers });
    before = onDisk();
  });
  afterAll(async () => {
    await opened.close();
    await closeBrowser();
  });

  it('shows the routing prompt as low, with its complaints in the text', async () => {
    const { workbench, page } = opened;
    await step('low', async () => {
      await workbench.openView('Prompt Ratchet');
      const low = workbench.tree('Prompts').getByRole('treeitem', { name: /triage.*low/i });
      // The tree sorts itself anew while scores arrive, and a click may land on a neighbour then: a person clicks again.
      await expect
        .poll(
          async () => {
            await low.click({ timeout: MINUTE });
            return workbench.editorTab(/triage\.prompty/).count();
          },
          { timeout: MINUTE, interval: 1_000 },
        )
        .toBeGreaterThan(0);
      await workbench.codeLens(/131 users/).waitFor({ timeout: MINUTE });
      // Highlights are spans with a generated class; the share of complaints beside them is generated content, which has no text node.
      const complained = page.locator('.view-line', { hasText: 'Greet' }).locator('span[class*="ced-"]', { hasText: /\S/ });
      await complained.first().waitFor({ timeout: MINUTE });
      expect(await workbench.statusBar(/1 low/).count()).toBe(1);
    });
  });

  it(
    'opens a certified suggestion in the diff editor',
    async () => {
      const { workbench } = opened;
      await step('suggest', async () => {
        await workbench.openFile(prompt);
        await workbench.codeLens('Suggest').click();
        await workbench.editorTab(/triage\.prompty: v1 ↔ suggestion/).waitFor({ timeout: 12 * MINUTE });
      });
      // Nothing is written before it is accepted.
      expect(onDisk()).toBe(before);
    },
    13 * MINUTE,
  );

  it('accepts it: a new version, one commit of our files, the evidence in its trailers', async () => {
    const { workbench, page } = opened;
    const parent = await head();
    await step('accept', async () => {
      await page.getByRole('button', { name: 'Accept & Commit' }).first().click();
      await workbench.notification(/is now v2/).waitFor({ timeout: MINUTE });
    });
    expect(onDisk()).not.toBe(before);
    const commit = await head();
    expect(commit).not.toBe(parent);
    expect(commit).toMatch(/^Ratchet-Prompt: support\/triage$/m);
    expect(commit).toMatch(/^Ratchet-Version: v2$/m);
    expect(commit).toMatch(/^Ratchet-Evidence: /m);
    // The record of the acceptance is in the commit as well, so nothing is left behind.
    expect(await git(opened.folder, 'status', '--porcelain')).toBe('');
  });

  it('rolls it back in one step: a third version, equal to the first', async () => {
    const { workbench } = opened;
    await step('rollback', async () => {
      await workbench.openFile(prompt);
      await workbench.command('Prompt Ratchet: Roll Back…');
      await workbench.pick(/^v1/);
      await workbench.pick(/Roll Back to v1/);
      await workbench.notification(/is now v3, equal to v1/).waitFor({ timeout: MINUTE });
    });
    expect(onDisk()).toBe(before);
    expect(await head()).toMatch(/^Ratchet-Version: v3$/m);
  });
});
