/** *Connect a Feedback Source…* for a server: address, key, a test that fails before it works, a metric whose meaning only a person knows, and nothing lost on the way back. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { HttpServer } from '../../support/httpServer.js';
import { langfuse, startLangfuse } from '../../support/servers/langfuse.js';
import { closeBrowser, openWorkbench } from '../harness.js';
import type { Opened } from '../harness.js';

const count = 40;
const hoursAgo = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString();

const observations = Array.from({ length: count }, (_, n) => ({
  ...langfuse.observation,
  id: `obs-${String(n)}`,
  traceId: `trace-${String(n)}`,
  userId: `customer-${String(n)}`,
  promptName: 'support/answer',
  // Versions of Langfuse are none of this workspace.
  promptVersion: null,
  startTime: hoursAgo(2 + n),
}));
/** Set by API: whether a user or a check by code did is not said. */
const scores = Array.from({ length: count }, (_, n) => ({
  ...langfuse.score,
  id: `score-${String(n)}`,
  name: 'mood',
  dataType: 'NUMERIC',
  source: 'API',
  value: n % 4 === 0 ? 5 : 1,
  configId: null,
  subject: { kind: 'trace', id: `trace-${String(n)}` },
  timestamp: hoursAgo(1 + n),
}));

describe('Connect a Feedback Source… to a server', () => {
  let from = '';
  let server: HttpServer;
  let opened: Opened;
  beforeAll(async () => {
    server = await startLangfuse({ observations, scores });
    from = mkdtempSync(join(tmpdir(), 'ratchet-connect-server-'));
    mkdirSync(join(from, 'prompts'));
    writeFileSync(join(from, 'prompts/answer.prompty'), '---\nname: support/answer\n---\nsystem:\nAnswer.\n\nuser:\n{{question}}\n');
    opened = await openWorkbench({ from });
    await opened.workbench.openView('Prompt Ratchet');
    await opened.workbench
      .tree('Prompts')
      .getByRole('treeitem', { name: /no feedback yet/ })
      .waitFor({ timeout: 60_000 });
  });
  afterAll(async () => {
    await opened.close();
    await closeBrowser();
    await server.close();
    rmSync(from, { recursive: true, force: true });
  });

  const config = (): string => join(opened.folder, '.ratchet/config.yaml');
  const answer = async (prompt: RegExp, text: string): Promise<void> => {
    const { page } = opened;
    await page.locator('.quick-input-message').getByText(prompt).waitFor({ timeout: 30_000 });
    // The box of a key is none that can be found by its role.
    await page.keyboard.press('Control+A');
    await page.keyboard.type(text);
    await page.keyboard.press('Enter');
  };

  it('asks for what the kind needs, says which step fails, and goes on once it works', async () => {
    const { workbench, page } = opened;
    await workbench.command('Prompt Ratchet: Connect a Feedback Source…');
    await workbench.pick(/Langfuse/);
    await answer(/Address of the server/, server.origin);
    await answer(/Public key/, langfuse.keys.public);
    await workbench.pick(/Enter the Key/);
    await answer(/Secret key/, 'sk-wrong');
    await workbench.option(/The key was not accepted/).waitFor({ timeout: 60_000 });
    // Given up, and gone on with: address and user are still there, and the key is asked for anew.
    await page.keyboard.press('Escape');
    await workbench.command('Prompt Ratchet: Connect a Feedback Source…');
    await workbench.pick(/Go On with Langfuse/);
    await page
      .locator('.quick-input-message')
      .getByText(/Address of the server/)
      .waitFor();
    expect(await workbench.quickInput().inputValue()).toBe(server.origin);
    await page.keyboard.press('Enter');
    await page
      .locator('.quick-input-message')
      .getByText(/Public key/)
      .waitFor();
    expect(await workbench.quickInput().inputValue()).toBe(langfuse.keys.public);
    await page.keyboard.press('Enter');
    await workbench.pick(/Enter Another Key/);
    await answer(/Secret key/, langfuse.keys.secret);
    await workbench.pick(/It Works: Go On/);
    expect(existsSync(config())).toBe(false);
  });

  it('asks who says a metric and on which range, writes no key, and shows the score', async () => {
    const { workbench } = opened;
    await workbench.pick(/mood/);
    await workbench.pick(/Users, by Rating/);
    await workbench.pick(/1 to 5/);
    await workbench.option(/mood.*Users, by Rating, 1 to 5/).waitFor({ timeout: 30_000 });
    await workbench.pick(/Use It Like This/);
    await workbench.pick(/Save and Read the Feedback/);
    await workbench
      .tree('Prompts')
      .getByRole('treeitem', { name: /support\/answer|answer: low quality/ })
      .first()
      .waitFor({ timeout: 60_000 });
    await workbench
      .tree('Prompts')
      .getByRole('treeitem', { name: /low quality; score 0\.\d\d, .* 40 users/ })
      .waitFor({ timeout: 60_000 });
    const text = readFileSync(config(), 'utf8');
    expect(text).not.toContain(langfuse.keys.secret);
    expect(parse(text)).toMatchObject({
      sources: [
        {
          name: 'langfuse',
          kind: 'langfuse',
          url: server.origin,
          user: langfuse.keys.public,
          key: '${env:LANGFUSE_SECRET_KEY}',
          scores: { mood: { signal: 'explicit.rating', actor: 'end_user', min: 1, max: 5 } },
        },
      ],
    });
  });
});
