/** Opens one of our built pages in a real Chromium, under its real policy, with a recording host in place of VS Code. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { buildPageHtml, type PageName } from '../../src/extension/webviews/pageHtml.js';
import { distDir } from '../support/cli.js';
import { THEMES, type ThemeName } from './themes.js';

const ORIGIN = 'http://page.test';
const TYPES: Record<string, string> = { js: 'text/javascript', css: 'text/css', ttf: 'font/ttf', html: 'text/html' };

export async function launch(): Promise<Browser> {
  const executablePath =
    process.env['CHROMIUM_PATH'] ??
    ['/usr/bin/chromium', '/usr/bin/google-chrome', '/usr/bin/chromium-browser'].find((path) => existsSync(path));
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  return chromium.launch(executablePath === undefined ? { channel: 'chrome', args } : { executablePath, args });
}

export interface OpenPage {
  page: Page;
  /** Messages that the page sent so far. */
  sent: () => Promise<{ type: string }[]>;
  post: (message: unknown) => Promise<void>;
  /** What the browser refused or complained about: must stay empty. */
  complaints: string[];
}

export async function openPage(
  browser: Browser,
  name: PageName,
  options: { theme?: ThemeName; width?: number; height?: number } = {},
): Promise<OpenPage> {
  const theme = options.theme ?? 'dark';
  const context = await browser.newContext({ viewport: { width: options.width ?? 360, height: options.height ?? 800 } });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  const nonce = 'dGVzdC1ub25jZQ==';
  const html = buildPageHtml({ page: name, title: name, cspSource: ORIGIN, nonce, asset: (file) => `${ORIGIN}/dist/${file}` }).replace(
    '<html lang="en">',
    `<html lang="en" class="${theme}">`,
  );
  await page.addInitScript(() => {
    const sent: unknown[] = [];
    Object.assign(window, {
      sent,
      acquireVsCodeApi: () => ({
        postMessage: (message: unknown) => {
          sent.push(message);
          (window as unknown as { onSent?: (message: unknown) => void }).onSent?.(message);
        },
        getState: () => undefined,
        setState: () => undefined,
      }),
    });
  });
  await page.route(`${ORIGIN}/**`, async (route) => {
    const path = new URL(route.request().url()).pathname;
    if (path === '/') return route.fulfill({ contentType: 'text/html', body: html });
    const file = join(distDir, 'webview', path.replace('/dist/', ''));
    // The theme's variables ride on the page's own sheet: an inline style would be refused by the policy under test.
    const body = path.endsWith('page.css') ? `${readFileSync(file, 'utf8')}\n${THEMES}` : readFileSync(file);
    return route.fulfill({ contentType: TYPES[path.split('.').pop() ?? ''] ?? 'application/octet-stream', body });
  });
  await page.goto(`${ORIGIN}/`);
  await page.locator(`ratchet-${name}-page`).waitFor();
  return {
    page,
    complaints,
    sent: () => page.evaluate(() => (window as unknown as { sent: { type: string }[] }).sent),
    post: (message) =>
      page.evaluate((data) => {
        window.postMessage(data, '*');
      }, message),
  };
}

/** What axe finds wrong. */
export async function violations(open: OpenPage): Promise<string[]> {
  await open.page.evaluate(axe.source);
  return open.page.evaluate(async () => {
    const runner = (window as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }).axe;
    const result = await runner.run();
    return result.violations.flatMap((violation) => violation.nodes.map((node) => `${violation.id}: ${node.html.slice(0, 160)}`));
  });
}
