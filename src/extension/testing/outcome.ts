import * as vscode from 'vscode';
import type { CaseResult } from '../../shared/evalDocument.js';
import type { RenderedCase } from '../../shared/evalView.js';

const crlf = (text: string): string => text.replace(/\r?\n/g, '\r\n');

/** A failed assertion as Test Explorer shows it: expected and actual side by side where the expectation is a text. */
function messages(result: CaseResult, item: vscode.TestItem): vscode.TestMessage[] {
  const failed = result.assertions.filter((assertion) => !assertion.pass);
  const all = failed.map(({ type, reason, expected }) => {
    const text = `${type}: ${reason}`;
    return expected === null || result.output === null
      ? new vscode.TestMessage(text)
      : vscode.TestMessage.diff(text, expected, result.output);
  });
  if (all.length === 0) all.push(new vscode.TestMessage(result.reason));
  const place = item.range === undefined ? item.parent : item;
  if (place?.uri !== undefined && place.range !== undefined) {
    for (const message of all) message.location = new vscode.Location(place.uri, place.range);
  }
  return all;
}

const severity = { pass: 0, fail: 1, error: 2 } as const;

/** An item has a result for each repeat (and each column where those have no items); it shows the worst of them. */
export class CaseOutcomes {
  private readonly results = new Map<vscode.TestItem, CaseResult[]>();

  add(run: vscode.TestRun, item: vscode.TestItem, result: CaseResult, rendered: RenderedCase | undefined): void {
    const all = [...(this.results.get(item) ?? []), result];
    this.results.set(item, all);
    const prompt = rendered?.messages?.map(({ role, text }) => `[${role}]\n${text}\n`).join('') ?? '';
    const answer = result.output === null ? '' : `\n${result.output}`;
    run.appendOutput(crlf(`${prompt}${result.status} [${result.column}] ${item.label}: ${result.reason}${answer}\n`), undefined, item);
    this.report(run, item, all);
  }

  private report(run: vscode.TestRun, item: vscode.TestItem, all: readonly CaseResult[]): void {
    const results = [...all].sort((a, b) => severity[b.status] - severity[a.status]);
    const worst = results[0];
    if (worst === undefined) return;
    const duration = results.reduce((sum, result) => sum + (result.latencyMs ?? 0), 0);
    if (worst.status === 'pass') run.passed(item, duration);
    else if (worst.status === 'fail')
      run.failed(
        item,
        results.filter((result) => result.status === 'fail').flatMap((result) => messages(result, item)),
        duration,
      );
    else run.errored(item, new vscode.TestMessage(worst.error?.message ?? worst.reason), duration);
  }
}
