import * as vscode from 'vscode';
import type { SuiteCase, SuiteInfo } from '../../shared/protocol.js';

export type TestData = { kind: 'suite'; suite: SuiteInfo } | { kind: 'case'; suite: SuiteInfo; entry: SuiteCase };

/** Items of Test Explorer with what they stand for. Ids are stable: the suite's path and the case's hash. */
export class TestTree {
  private readonly data = new WeakMap<vscode.TestItem, TestData>();

  constructor(private readonly controller: vscode.TestController) {}

  dataOf(item: vscode.TestItem): TestData | undefined {
    return this.data.get(item);
  }

  update(suites: readonly SuiteInfo[]): void {
    const { items } = this.controller;
    const wanted = new Set(suites.map((suite) => suite.suite));
    items.forEach((item) => {
      if (!wanted.has(item.id)) items.delete(item.id);
    });
    for (const suite of suites) this.updateSuite(suite);
  }

  private updateSuite(suite: SuiteInfo): void {
    const { items } = this.controller;
    let item = items.get(suite.suite);
    if (item === undefined) {
      item = this.controller.createTestItem(suite.suite, suite.suite, vscode.Uri.file(suite.file));
      items.add(item);
    }
    item.description = suite.description ?? suite.prompts.join(', ');
    this.data.set(item, { kind: 'suite', suite });
    item.error = suite.problems.length === 0 ? undefined : suite.problems.join('\n');
    item.children.replace(suite.cases.map((entry) => this.caseItem(suite, entry)));
  }

  private caseItem(suite: SuiteInfo, entry: SuiteCase): vscode.TestItem {
    const item = this.controller.createTestItem(entry.id, entry.label, vscode.Uri.file(entry.file));
    if (entry.range !== null) {
      const { start, end } = entry.range;
      item.range = new vscode.Range(start.line, start.character, end.line, end.character);
    }
    this.data.set(item, { kind: 'case', suite, entry });
    return item;
  }

  /** What a run request asks for: case items by suite, without the excluded ones. */
  selected(request: vscode.TestRunRequest): Map<SuiteInfo, Map<string, vscode.TestItem>> {
    const excluded = new Set(request.exclude ?? []);
    const chosen = new Map<SuiteInfo, Map<string, vscode.TestItem>>();
    const visit = (item: vscode.TestItem): void => {
      if (excluded.has(item)) return;
      const data = this.data.get(item);
      if (data?.kind === 'case') {
        const cases = chosen.get(data.suite) ?? new Map<string, vscode.TestItem>();
        cases.set(data.entry.id, item);
        chosen.set(data.suite, cases);
      }
      item.children.forEach(visit);
    };
    if (request.include === undefined) this.controller.items.forEach(visit);
    else request.include.forEach(visit);
    return chosen;
  }
}
