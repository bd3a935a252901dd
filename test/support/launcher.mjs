#!/usr/bin/env node
/**
 * Stands in for the `code` executable that @vscode/test-electron starts: takes VS Code's arguments, starts VS Code's server, opens its workbench in
 * a headless Chromium, and ends with the exit code of the tests that ran in the extension host. So one suite serves both: real Electron where it
 * can be had, this elsewhere.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium, LACKS_CHROMIUM } from '../../src/build/lib/chromium.mjs';
import { Lacking, scriptMain } from '../../src/build/lib/run.mjs';
import { getVsCodeServer, startVsCodeServer } from '../../src/build/lib/vscodeServer.mjs';

/** No verdict by then is a failure: the workbench hangs. */
const LIMIT_MS = 10 * 60_000;

function parse(args) {
  const value = (name) => args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
  const extension = value('extensionDevelopmentPath');
  const tests = value('extensionTestsPath');
  if (!extension || !tests) throw new Lacking('The launcher needs --extensionDevelopmentPath=… and --extensionTestsPath=….');
  return {
    extension: resolve(extension),
    tests: resolve(tests),
    folder: resolve(args.find((arg) => !arg.startsWith('-')) ?? '.'),
    trust: args.includes('--disable-workspace-trust'),
  };
}

async function main(args) {
  const { extension, tests, folder, trust } = parse(args);
  const executablePath = await ensureChromium(console.error);
  if (!executablePath) throw new Lacking(LACKS_CHROMIUM);
  const dataDir = mkdtempSync(join(tmpdir(), 'ratchet-host-'));
  const server = await startVsCodeServer({ dir: await getVsCodeServer(console.error), dataDir, testDriver: true, trust });
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS });
  let timer;
  try {
    const page = await browser.newPage();
    const verdict = new Promise((done) => {
      void page.exposeFunction('codeAutomationExit', (code) => done(Number(code)));
      void page.exposeFunction('codeAutomationLog', (type, values) => print(type, values));
    });
    page.on('crash', () => console.error('The page of the workbench crashed.'));
    const remote = `vscode-remote://127.0.0.1:${server.port}`;
    const payload = [
      ['extensionDevelopmentPath', remote + extension],
      ['extensionTestsPath', remote + tests],
    ];
    await page.goto(server.url(folder, { payload: JSON.stringify(payload) }));
    const late = new Promise((done) => {
      timer = setTimeout(() => done(null), LIMIT_MS);
    });
    const code = await Promise.race([verdict, late]);
    if (code === null) {
      console.error(`The tests in the extension host gave no verdict within ${LIMIT_MS / 60_000} minutes.`);
      return 1;
    }
    return code;
  } finally {
    clearTimeout(timer);
    await browser.close();
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** What the tests say (test/host/index.ts marks it); everything that the workbench logs only where PROMPT_RATCHET_VERBOSE is set. */
function print(type, values) {
  const text = (Array.isArray(values) ? values : [values])
    .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
    .join(' ');
  if (text.startsWith('[test] ')) console.log(text.slice('[test] '.length));
  else if (process.env.PROMPT_RATCHET_VERBOSE) (type === 'error' ? console.error : console.log)(text);
}

// Playwright keeps handles after close; the verdict is what we end with.
await scriptMain(async (args) => process.exit(await main(args)));
