import * as vscode from 'vscode';
import type { SuggestionDocument } from '../../shared/suggestionDocument.js';
import { editLines, placesInCandidate } from './evidenceText.js';

/** Evidence beside each hunk, as comment threads on the right side of the diff. */
export class EvidenceThreads implements vscode.Disposable {
  private readonly controller = vscode.comments.createCommentController('promptRatchet.evidence', vscode.l10n.t('Prompt Ratchet Evidence'));
  private readonly threads = new Map<string, vscode.CommentThread[]>();

  show(text: vscode.TextDocument, document: SuggestionDocument): void {
    this.clear(document.id);
    // Edits of neighbouring sentences meet on one line of the right side: one thread tells of them all, and says the same thing once.
    const byLine = new Map<number, { range: vscode.Range; lines: Set<string> }>();
    for (const { edit, start, end } of placesInCandidate(document.edits)) {
      const range = new vscode.Range(text.positionAt(start), text.positionAt(end));
      const here = byLine.get(range.start.line) ?? { range, lines: new Set<string>() };
      here.range = here.range.union(range);
      for (const line of editLines(edit, document)) here.lines.add(line);
      byLine.set(range.start.line, here);
    }
    const threads = [...byLine.values()].map(({ range, lines }) => {
      const body = new vscode.MarkdownString();
      for (const line of lines) {
        // `appendText` escapes: themes are words from a log.
        body.appendText(line);
        body.appendMarkdown('  \n');
      }
      const comment: vscode.Comment = { body, mode: vscode.CommentMode.Preview, author: { name: 'Prompt Ratchet' } };
      const thread = this.controller.createCommentThread(text.uri, range, [comment]);
      thread.canReply = false;
      thread.label = vscode.l10n.t('Why this edit');
      thread.collapsibleState = vscode.CommentThreadCollapsibleState.Expanded;
      return thread;
    });
    this.threads.set(document.id, threads);
  }

  clear(id: string): void {
    for (const thread of this.threads.get(id) ?? []) thread.dispose();
    this.threads.delete(id);
  }

  dispose(): void {
    for (const id of [...this.threads.keys()]) this.clear(id);
    this.controller.dispose();
  }
}
