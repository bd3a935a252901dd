/** The sample workspace in a folder of its own, as `ratchet init --sample` writes it: with its month of feedback ending today. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import { Views } from '../shared/ids.js';
import type { Log } from './log.js';

/** The part of the built-in git extension that is used: where git is. */
interface GitExtension {
  getAPI(version: 1): { git: { path: string } };
}

const execute = promisify(execFile);

/** `cli`: path of dist/cli.js; it runs in VS Code's own Node. `target` is created. */
export async function writeSample(cli: string, target: vscode.Uri, log: Pick<Log, 'warn'>): Promise<void> {
  await vscode.workspace.fs.createDirectory(target);
  await execute(process.execPath, [cli, 'init', '--sample', '--quiet', '--workspace', target.fsPath], {
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    timeout: 60_000,
  });
  await initRepository(target, log);
}

/** A repository with all of it, so that accepting a suggestion can commit. Without git, or a name for git, it works as well and says so then. */
async function initRepository(folder: vscode.Uri, log: Pick<Log, 'warn'>): Promise<void> {
  try {
    const git = vscode.extensions.getExtension<GitExtension>('vscode.git');
    if (git === undefined) return;
    const { path } = (await git.activate()).getAPI(1).git;
    const run = (...args: string[]) => execute(path, args, { cwd: folder.fsPath, timeout: 60_000 });
    await run('init', '--quiet');
    await run('add', '--all');
    // Nobody is asked for the passphrase of a key for a sample.
    await run('-c', 'commit.gpgsign=false', 'commit', '--quiet', '--message', 'The support desk as it is');
  } catch (error) {
    log.warn(`The sample is not, or not wholly, under git: ${String(error)}`);
  }
}

const toShow = 'sample.toShow';

/** The window that opens `folder` next begins with the Prompts view. */
export async function showWhenOpened(context: Pick<vscode.ExtensionContext, 'globalState'>, folder: vscode.Uri): Promise<void> {
  await context.globalState.update(toShow, folder.fsPath);
}

export async function showIfJustMade(context: Pick<vscode.ExtensionContext, 'globalState'>): Promise<void> {
  const wanted = context.globalState.get<string>(toShow);
  if (wanted === undefined || wanted !== vscode.workspace.workspaceFolders?.[0]?.uri.fsPath) return;
  await context.globalState.update(toShow, undefined);
  await vscode.commands.executeCommand(`${Views.prompts}.focus`);
}
