/**
 * Makes the screenshots, from the real workbench with the packaged VSIX: `npm run screenshots [-- --theme=dark] [-- --shot=name]`.
 * Those of the README go to media/screenshots/, all of them to test/output/screenshots/<theme>/ to be looked at. A shot that fails does not
 * hold up the others; the exit code tells.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endOnSignals, root } from '../../src/build/lib/run.mjs';
import { bringAnswers } from '../support/modelAnswers.js';
import { closeBrowser, openWorkbench } from './harness.js';
import type { Opened, THEMES } from './harness.js';
import { shots } from './shots.js';
import type { Shot } from './shots.js';

const output = join(root, 'test/output/screenshots');
const media = join(root, 'media/screenshots');

/** Shots that need the same workspace share a workbench: they run in order and each leaves it usable for the next. */
async function run(theme: keyof typeof THEMES, workspace: Shot['workspace'], list: Shot[]): Promise<string[]> {
  const failed: string[] = [];
  const opened = await openWorkbench({ theme, viewport: { width: 1280, height: 800 }, ...prepare(workspace) });
  try {
    for (const shot of list) {
      const file = join(output, theme, `${shot.name}.png`);
      try {
        await shot.take(opened);
        await settle(opened, shot.hover === true);
        await opened.page.screenshot({ path: file });
        if (shot.readme === theme) cpSync(file, join(media, `${shot.name}-${theme}.png`));
        console.log(`${theme}/${shot.name}`);
      } catch (error) {
        failed.push(`${theme}/${shot.name}`);
        await opened.page.screenshot({ path: join(output, theme, `${shot.name}.failed.png`) });
        console.error(`${theme}/${shot.name}: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`);
      }
    }
  } finally {
    await opened.close();
  }
  return failed;
}

/** Lets the workbench come to rest, with the mouse where it opens no tooltip. */
async function settle({ page }: Opened, keepMouse: boolean): Promise<void> {
  if (!keepMouse) await page.mouse.move(900, 730);
  await page.waitForTimeout(800);
}

function prepare(workspace: Shot['workspace']): { from?: string; prepare?: (folder: string) => void } {
  if (workspace === 'sample') return { prepare: bringAnswers };
  const folder = mkdtempSync(join(tmpdir(), 'ratchet-shots-'));
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  writeFileSync(join(folder, 'notes.md'), '# Notes\n');
  if (workspace === 'failing') {
    mkdirSync(join(folder, 'prompts'));
    mkdirSync(join(folder, '.ratchet'));
    writeFileSync(
      join(folder, 'prompts/answer.prompty'),
      '---\nname: answer\ninputs:\n  question:\n    type: string\n---\nsystem:\nAnswer.\n\nuser:\n{{question}}\n',
    );
    writeFileSync(
      join(folder, '.ratchet/config.yaml'),
      'version: 1\nsources:\n  - { name: app-log, kind: jsonl, path: logs/feedback.jsonl }\n  - { name: phoenix, kind: phoenix, url: "http://127.0.0.1:16996" }\nmodels:\n  - { name: local, provider: openai, baseUrl: "http://127.0.0.1:9/v1", model: gone }\ndefaults: { model: local }\n',
    );
    writeFileSync(
      join(folder, 'prompts/answer.eval.yaml'),
      'prompts: [file://answer.prompty]\nproviders: [local]\ntests:\n  - vars: { question: Hello? }\n    assert:\n      - { type: contains, value: hello }\n',
    );
  }
  return { from: folder };
}

endOnSignals();
const option = (name: string): string | undefined =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
const wanted = option('shot')?.split(',');
const themes = (option('theme')?.split(',') ?? ['light', 'dark', 'highContrast']) as (keyof typeof THEMES)[];
mkdirSync(media, { recursive: true });
const failed: string[] = [];
for (const theme of themes) {
  mkdirSync(join(output, theme), { recursive: true });
  for (const workspace of ['sample', 'empty', 'failing'] as const) {
    const list = shots.filter((shot) => shot.workspace === workspace && (wanted?.includes(shot.name) ?? true));
    if (list.length > 0) failed.push(...(await run(theme, workspace, list)));
  }
}
await closeBrowser();
console.log(failed.length === 0 ? 'All screenshots were made.' : `Not made: ${failed.join(', ')}`);
process.exit(failed.length === 0 ? 0 : 1);
