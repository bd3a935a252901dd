import { Buffer } from 'node:buffer';
import * as vscode from 'vscode';
import { Commands } from '../../shared/ids.js';
import { Methods, type CaseDraft } from '../../shared/protocol.js';
import { caseScheme } from '../cases/caseFiles.js';
import { newSuitePath, takenOut } from '../cases/words.js';
import { Dismissed, FailureError } from '../failure.js';
import type { Services } from '../services.js';
import { commandStep, notify } from '../views/notify.js';

/** From one piece of feedback, or an answer of a report, to a case: suite → the suite with the redacted case as an editable diff. Nothing is written here. */
export async function addToSuite(services: Services, argument: unknown): Promise<void> {
  const draft = await draftOf(services, argument);
  const uri = services.cases.add(draft);
  const title = vscode.l10n.t('{0}: add a case', draft.suite.slice(draft.suite.lastIndexOf('/') + 1));
  await services.previews.diff(draft.suite.slice(draft.suite.lastIndexOf('/') + 1), draft.before, uri, title, {
    selection: new vscode.Range(draft.range.start.line, 0, draft.range.start.line, 0),
  });
  const taken = takenOut(draft.redacted);
  const sentences = [
    taken === null
      ? vscode.l10n.t('Nothing had to be taken out of the texts. Read them before you add the case: names and places are not recognised.')
      : vscode.l10n.t('Taken out: {0}. Read the rest before you add the case: names and places are not recognised.', taken),
    ...draft.notes,
  ];
  notify(services.log, 'information', sentences.join(' '), [
    commandStep(vscode.l10n.t('Add Case to Suite'), Commands.acceptCase, uri),
    commandStep(vscode.l10n.t('Discard Case'), Commands.discardCase, uri),
  ]);
}

async function draftOf(services: Services, argument: unknown): Promise<CaseDraft> {
  if (typeof argument !== 'object' || argument === null) throw new Dismissed();
  if ('feedback' in argument && typeof argument.feedback === 'string') {
    const id = argument.feedback;
    return services.client.ask(Methods.caseDraft, { id, suite: await pickSuiteFor(services, id) });
  }
  const { suite, run, cell } = argument as { suite?: unknown; run?: unknown; cell?: unknown };
  if (typeof suite !== 'string' || typeof run !== 'string' || typeof cell !== 'number') throw new Dismissed();
  return services.client.ask(Methods.outputDraft, { suite, run, cell, to: await pickSuiteBeside(services, suite) });
}

/** For an answer of a report: its own suite first, then those of the same prompts. */
async function pickSuiteBeside(services: Services, from: string): Promise<string> {
  const suites = await services.client.ask(Methods.suites, {});
  const own = suites.find(({ suite }) => suite === from);
  const near = suites.filter(({ suite, prompts }) => suite === from || prompts.some((prompt) => own?.prompts.includes(prompt) === true));
  const choice = await vscode.window.showQuickPick(
    near.map(({ suite, cases }) => ({ label: `$(beaker) ${suite}`, description: vscode.l10n.t('{0} cases', cases.length), suite })),
    { title: vscode.l10n.t('Add to Suite'), placeHolder: vscode.l10n.t('Which suite gets the case?') },
  );
  if (choice === undefined) throw new Dismissed();
  return choice.suite;
}

async function pickSuiteFor(services: Services, id: string): Promise<string> {
  const detail = await services.client.ask(Methods.feedbackDetail, { id });
  const prompt = detail?.row.prompt ?? null;
  const known = prompt === null ? undefined : services.prompts.find(prompt);
  if (prompt === null || known === undefined) {
    throw new FailureError({
      code: 'PROMPT_NOT_FOUND',
      message: vscode.l10n.t('This feedback names no prompt of this workspace, so no suite can hold it.'),
    });
  }
  const suites = await services.client.ask(Methods.suites, {});
  const own = suites.filter((suite) => suite.prompts.includes(prompt));
  const fresh = newSuitePath(
    known.file,
    suites.map(({ suite }) => suite),
  );
  const choice = await vscode.window.showQuickPick(
    [
      ...own.map(({ suite, cases }) => ({ label: `$(beaker) ${suite}`, description: vscode.l10n.t('{0} cases', cases.length), suite })),
      { label: vscode.l10n.t('$(new-file) New Suite'), description: fresh, suite: fresh },
    ],
    { title: vscode.l10n.t('Add to Suite'), placeHolder: vscode.l10n.t('Which suite of {0} gets the case?', prompt) },
  );
  if (choice === undefined) throw new Dismissed();
  return choice.suite;
}

/** The draft that a command is about: its argument, or the one in front. */
function draftUri(argument: unknown): vscode.Uri {
  if (argument instanceof vscode.Uri && argument.scheme === caseScheme) return argument;
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const uri = input instanceof vscode.TabInputTextDiff ? input.modified : input instanceof vscode.TabInputText ? input.uri : null;
  if (uri?.scheme !== caseScheme) throw new Dismissed();
  return uri;
}

export async function acceptCase(services: Services, argument: unknown): Promise<void> {
  const uri = draftUri(argument);
  const draft = services.cases.draftOf(uri);
  if (draft === null) {
    throw new FailureError({
      code: 'BAD_USAGE',
      message: vscode.l10n.t('That case was closed before. Add it from the Feedback view again.'),
    });
  }
  // As the editor has it, saved or not.
  const text = (await vscode.workspace.openTextDocument(uri)).getText();
  const target = vscode.Uri.file(draft.file);
  await write(draft, target, text);
  await services.cases.close(uri);
  const line = new vscode.Position(draft.range.start.line, 0);
  await vscode.window.showTextDocument(target, { selection: new vscode.Range(line, line) });
}

/** Only over what the diff showed: a suite that changed meanwhile is left as it is. */
async function write(draft: CaseDraft, target: vscode.Uri, text: string): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  if (draft.before === '' && !(await isThere(target))) {
    edit.createFile(target, { contents: Buffer.from(text, 'utf8') });
    if (await vscode.workspace.applyEdit(edit)) return;
  } else {
    const document = await vscode.workspace.openTextDocument(target);
    if (document.isDirty || document.getText() !== draft.before) {
      throw new FailureError({
        code: 'SUITE_INVALID',
        message: vscode.l10n.t(
          '{0} was changed since the case was made. Save it, then add the case from the Feedback view again.',
          draft.suite,
        ),
      });
    }
    edit.replace(target, new vscode.Range(0, 0, document.lineCount, 0), text);
    if ((await vscode.workspace.applyEdit(edit)) && (await document.save())) return;
  }
  throw new FailureError({ code: 'IO_FAILED', message: vscode.l10n.t('{0} could not be written. Is it read-only?', draft.suite) });
}

async function isThere(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    // Not there, which is what was asked.
    return false;
  }
}

export async function discardCase(services: Services, argument: unknown): Promise<void> {
  await services.cases.close(draftUri(argument));
}
