/** The thumbs of the README on a web page, in a real browser, against a real collector: pages of a named origin may send, and no others. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FeedbackDocument } from '../../src/shared/documents.js';
import { runCli } from '../support/cli.js';
import { startCollect } from '../support/collectProcess.js';
import { temporaryFolder } from '../support/temporary.js';
import { launch } from './page.js';

/** The snippet as it stands in the README, for the collector at this address, on a page that knows what was answered and to whom. */
function pageFor(address: string): string {
  const readme = readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8');
  const snippet = /```html\n(<button[\s\S]*?)```/.exec(readme)?.[1] ?? '';
  expect(snippet).toContain('http://127.0.0.1:4410/v1/feedback');
  const served = `const answerId = 'answer-1', userId = 'anna', answerText = 'Four to five days — “soon”.';`;
  return `<!doctype html><meta charset="utf-8"><title>An application</title><script>${served}</script>${snippet.replace('http://127.0.0.1:4410', address)}`;
}

let browser: Browser;
let html = '';
const sites: Server[] = [];

async function site(): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html);
  });
  sites.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
  for (const each of sites) each.close();
});

describe('thumbs on a web page', () => {
  it('reach the collector from the origin that was named, and a changed mind counts once', async () => {
    const root = temporaryFolder();
    const [named, other] = [await site(), await site()];
    const collect = await startCollect(root, { args: ['--cors', named] });
    html = pageFor(collect.document.address);
    const page = await browser.newPage();
    const answered = () => page.waitForResponse((response) => response.url().endsWith('/v1/feedback'));

    await page.goto(named);
    for (const thumb of ['👍', '👎']) {
      const [response] = await Promise.all([answered(), page.getByRole('button', { name: thumb }).click()]);
      // 200: on disk. The snippet reads no body.
      expect(response.status()).toBe(200);
    }

    await page.goto(other);
    const refused = page.waitForEvent('requestfailed');
    await page.getByRole('button', { name: '👍' }).click();
    expect((await refused).url()).toBe(`${collect.document.address}/v1/feedback`);
    await page.close();
    await collect.end();

    const { rows } = (await runCli(['feedback', '--json'], { cwd: root })).json as FeedbackDocument;
    expect(rows).toMatchObject([{ id: 'answer-1/thumb', prompt: 'support/answer', version: 'v2', signal: 'explicit.rating', y: 0 }]);
  });
});
