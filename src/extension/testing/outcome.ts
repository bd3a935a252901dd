import * as vscode from 'vscode';
import type { CaseResult } from '../../shared/evalDocument.js';

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
  if (item.uri !== undefined && item.range !== undefined) {
    for (const message of all) message.location = new vscode.Location(item.uri, item.range);
  }
  return all;
}

const severity = { pass: 0, fail: 1, error: 2 } as const;

/** A case has one result per column and repeat; Test Explorer shows the worst of them. */
export class CaseOutcomes {
  private readonly results = new Map<string, CaseResult[]>();

  add(result: CaseResult): void {
    this.results.set(result.id, [...(this.results.get(result.id) ?? []), result]);
  }

  /** Tells `run` about a case; without any result it was not reached and is skipped. */
  report(run: vscode.TestRun, item: vscode.TestItem, caseId: string): void {
    const results = [...(this.results.get(caseId) ?? [])].sort((a, b) => severity[b.status] - severity[a.status]);
    const worst = results[0];
    if (worst === undefined) {
      run.skipped(item);
      return;
    }
    const duration = results.reduce((sum, result) => sum + (result.latencyMs ?? 0), 0);
    for (const result of results) {
      const answer = result.output === null ? '' : `\n${result.output}`;
      run.appendOutput(crlf(`${result.status} [${result.column}] ${item.label}: ${result.reason}${answer}\n`), undefined, item);
    }
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
