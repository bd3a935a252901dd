import * as vscode from 'vscode';
import type { EvalColumn } from '../../shared/evalDocument.js';
import type { Range, SuiteCase, SuiteInfo } from '../../shared/protocol.js';

export type TestData =
  | { kind: 'suite'; suite: SuiteInfo }
  | { kind: 'case'; suite: SuiteInfo; entry: SuiteCase }
  | { kind: 'column'; suite: SuiteInfo; entry: SuiteCase; column: string };

/** Cells of a suite beyond which its columns are not items of their own: the Evaluation tab shows such a matrix better. */
const mostColumnItems = 5000;

const toRange = ({ start, end }: Range): vscode.Range => new vscode.Range(start.line, start.character, end.line, end.character);

/** Items of Test Explorer with what they stand for. Ids are stable: the suite's path, the case's hash, the column's id. */
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
      // So that the gutter shows the suite's own state beside its first line.
      item.range = new vscode.Range(0, 0, 0, 0);
      items.add(item);
    }
    item.description = suite.description ?? suite.prompts.join(', ');
    this.data.set(item, { kind: 'suite', suite });
    item.error = suite.problems.length === 0 ? undefined : suite.problems.join('\n');
    this.updateCases(item, suite);
  }

  /** What stayed keeps its item, and so its state: a suite of 10,000 cases is not made anew at each save. */
  private updateCases(parent: vscode.TestItem, suite: SuiteInfo): void {
    const before = new Map<string, vscode.TestItem>();
    parent.children.forEach((item) => before.set(item.id, item));
    let same = before.size === suite.cases.length;
    const cases = suite.cases.map((entry) => {
      const known = before.get(entry.id);
      if (known?.uri?.fsPath !== vscode.Uri.file(entry.file).fsPath) {
        same = false;
        return this.caseItem(suite, entry);
      }
      if (known.label !== entry.label) known.label = entry.label;
      this.place(known, entry);
      this.data.set(known, { kind: 'case', suite, entry });
      known.children.forEach((child) => {
        this.data.set(child, { kind: 'column', suite, entry, column: child.id });
      });
      return known;
    });
    if (!same) parent.children.replace(cases);
  }

  private caseItem(suite: SuiteInfo, entry: SuiteCase): vscode.TestItem {
    const item = this.controller.createTestItem(entry.id, entry.label, vscode.Uri.file(entry.file));
    this.place(item, entry);
    this.data.set(item, { kind: 'case', suite, entry });
    return item;
  }

  private place(item: vscode.TestItem, { range }: SuiteCase): void {
    const next = range === null ? undefined : toRange(range);
    if (next === undefined ? item.range !== undefined : item.range?.isEqual(next) !== true) item.range = next;
  }

  caseOf(suite: string, caseId: string): vscode.TestItem | undefined {
    return this.controller.items.get(suite)?.children.get(caseId);
  }

  /** Where a result of a case belongs: its column's item where the suite has several, else the case's. */
  cellOf(suite: string, caseId: string, columns: readonly EvalColumn[], column: EvalColumn): vscode.TestItem | undefined {
    const item = this.caseOf(suite, caseId);
    const data = item === undefined ? undefined : this.data.get(item);
    if (item === undefined || data?.kind !== 'case') return item;
    if (columns.length < 2 || columns.length * data.suite.cases.length > mostColumnItems) {
      if (item.children.size > 0) item.children.replace([]);
      return item;
    }
    const label = `${column.promptLabel ?? column.prompt} ${column.version} · ${column.provider}`;
    let child = item.children.get(column.id);
    if (child === undefined) {
      child = this.controller.createTestItem(column.id, label, item.uri);
      item.children.add(child);
    }
    child.label = label;
    this.data.set(child, { kind: 'column', suite: data.suite, entry: data.entry, column: column.id });
    return child;
  }

  /** Columns that the suite has no more. */
  dropColumns(suite: string, columns: readonly EvalColumn[]): void {
    const known = new Set(columns.map(({ id }) => id));
    this.controller.items.get(suite)?.children.forEach((item) => {
      item.children.forEach((child) => {
        if (!known.has(child.id)) item.children.delete(child.id);
      });
    });
  }

  /** What a run request asks for: case items by suite, without the excluded ones. A column stands for its case: its answers are asked for together. */
  selected(request: vscode.TestRunRequest): Map<SuiteInfo, Map<string, vscode.TestItem>> {
    const excluded = new Set(request.exclude ?? []);
    const chosen = new Map<SuiteInfo, Map<string, vscode.TestItem>>();
    const visit = (item: vscode.TestItem): void => {
      if (excluded.has(item)) return;
      const data = this.data.get(item);
      if (data?.kind === 'column') {
        if (item.parent !== undefined) visit(item.parent);
        return;
      }
      if (data?.kind === 'case') {
        const cases = chosen.get(data.suite) ?? new Map<string, vscode.TestItem>();
        cases.set(data.entry.id, item);
        chosen.set(data.suite, cases);
        return;
      }
      item.children.forEach(visit);
    };
    if (request.include === undefined) this.controller.items.forEach(visit);
    else request.include.forEach(visit);
    return chosen;
  }
}
