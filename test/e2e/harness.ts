/**
 * A real workbench for a spec: VS Code's server on a port of its own with the packaged VSIX installed, a copy of a workspace under git, and a page
 * in a headless Chromium. Everything is thrown away at the end.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium, LACKS_CHROMIUM } from '../../src/build/lib/chromium.mjs';
import { root } from '../../src/build/lib/run.mjs';
import { getVsCodeServer, installVsix, startVsCodeServer } from '../../src/build/lib/vscodeServer.mjs';
import type { VsCodeServer } from '../../src/build/lib/vscodeServer.mjs';
import { copySample } from '../../src/build/lib/workspace.mjs';
import { Workbench } from './pageObjects/workbench.js';

export const THEMES = {
  light: 'Default Light Modern',
  dark: 'Default Dark Modern',
  highContrast: 'Default High Contrast',
  highContrastLight: 'Default High Contrast Light',
} as const;

export interface OpenOptions {
  /** Folder to copy and open; by default the sample workspace. */
  from?: string;
  /** What else the folder needs before VS Code opens it. */
  prepare?: (folder: string) => void;
  theme?: keyof typeof THEMES;
  /** False: Restricted Mode is possible, and the trust question is asked. */
  trust?: boolean;
  settings?: Record<string, unknown>;
  /** Environment of the server, hence of the extension host and of our language server. */
  env?: Record<string, string>;
  viewport?: { width: number; height: number };
}

export interface Opened {
  page: Page;
  workbench: Workbench;
  /** The workspace's folder: a copy, under git. */
  folder: string;
  server: VsCodeServer;
  close(): Promise<void>;
}

/** Quiet: no tips, no welcome page, no telemetry, no update checks, nothing that asks the marketplace. */
const QUIET = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.disableAIFeatures': true,
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'telemetry.telemetryLevel': 'off',
  'security.workspace.trust.untrustedFiles': 'open',
  'git.openRepositoryInParentFolders': 'never',
  'git.autofetch': false,
  'editor.minimap.enabled': false,
  'window.dialogStyle': 'custom',
};

let browser: Browser | null = null;

async function getBrowser(): Promise<Browser> {
  if (browser?.isConnected() === true) return browser;
  const executablePath = await ensureChromium(console.error);
  if (executablePath === null) throw new Error(LACKS_CHROMIUM);
  browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS });
  return browser;
}

/** Ends the browser; call it once after the last spec of a file. */
export async function closeBrowser(): Promise<void> {
  await browser?.close();
  browser = null;
}

/** The VSIX, installed once for each build into a folder that servers share (they only read it). */
async function extensionsFolder(dir: string): Promise<string> {
  const vsix = process.env['RATCHET_VSIX'] ?? join(root, 'dist/prompt-ratchet.vsix');
  if (!existsSync(vsix)) throw new Error(`${vsix} is not there: run 'npm run package' first.`);
  const { mtimeMs, size } = statSync(vsix);
  const parent = join(tmpdir(), `ratchet-extensions-${String(process.pid)}`);
  const folder = join(parent, `${String(Math.round(mtimeMs))}-${String(size)}`);
  if (!existsSync(folder)) {
    mkdirSync(parent, { recursive: true });
    await installVsix({ dir, vsix, extensionsDir: folder });
    process.once('exit', () => {
      rmSync(parent, { recursive: true, force: true });
    });
  }
  return folder;
}

export async function openWorkbench(options: OpenOptions = {}): Promise<Opened> {
  const { theme = 'dark', trust = true, settings = {}, env = {}, viewport = { width: 1440, height: 900 } } = options;
  const dir = await getVsCodeServer(console.error);
  const folder = await copySample({ name: 'ratchet-e2e-', ...(options.from === undefined ? {} : { from: options.from }) });
  options.prepare?.(folder);
  const dataDir = mkdtempSync(join(tmpdir(), 'ratchet-e2e-data-'));
  const server = await startVsCodeServer({
    dir,
    dataDir,
    extensionsDir: await extensionsFolder(dir),
    trust,
    settings: { ...QUIET, 'workbench.colorTheme': THEMES[theme], ...settings },
    env,
  });
  const context = await (await getBrowser()).newContext({ viewport, permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await context.newPage();
  const close = async (): Promise<void> => {
    await context.close();
    await server.stop();
    for (const path of [dataDir, dirname(folder)]) rmSync(path, { recursive: true, force: true });
  };
  try {
    await page.goto(server.url(folder));
    const workbench = new Workbench(page);
    await workbench.ready();
    return { page, workbench, folder, server, close };
  } catch (error) {
    await close();
    throw error;
  }
}
