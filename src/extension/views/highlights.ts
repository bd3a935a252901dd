import * as vscode from 'vscode';
import { coalesce } from '../../shared/async.js';
import { Methods } from '../../shared/protocol.js';
import type { Client } from '../client/client.js';
import type { Log } from '../log.js';
import { notedMarks } from './noteLines.js';
import type { PromptModel } from './promptModel.js';

const longestNote = 70;
const typingPauseMs = 400;

/** Marks on the segments that complaints point to, in every visible prompt editor. Colours are the theme's; the wavy line works without them. */
export class Highlights implements vscode.Disposable {
  private readonly type = vscode.window.createTextEditorDecorationType({
    backgroundColor: new vscode.ThemeColor('promptRatchet.complaintBackground'),
    textDecoration: 'underline dotted',
    overviewRulerColor: new vscode.ThemeColor('editorOverviewRuler.warningForeground'),
    overviewRulerLane: vscode.OverviewRulerLane.Right,
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });
  private readonly subscriptions: vscode.Disposable[];
  private readonly update: () => Promise<void>;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly client: Client,
    private readonly model: PromptModel,
    private readonly log: Log,
  ) {
    this.update = coalesce(() => this.draw());
    this.subscriptions = [
      vscode.window.onDidChangeVisibleTextEditors(() => {
        this.refresh(0);
      }),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (this.model.inFile(document.uri).length > 0) this.refresh(typingPauseMs);
      }),
      model.onDidUpdate(() => {
        this.refresh(0);
      }),
    ];
  }

  private refresh(delayMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.update().catch((error: unknown) => {
        this.log.error('Highlights not drawn', error);
      });
    }, delayMs);
  }

  private async draw(): Promise<void> {
    for (const editor of vscode.window.visibleTextEditors) {
      const { document } = editor;
      if (this.model.inFile(document.uri).length === 0) continue;
      const { version } = document;
      const answer = await this.client.request(Methods.highlights, { uri: document.uri.toString() });
      // What was typed meanwhile has asked again.
      if (document.version !== version) continue;
      if (!answer.ok) {
        editor.setDecorations(this.type, []);
        continue;
      }
      const noted = notedMarks(
        answer.value.map(({ message, range: { end } }) => ({
          message,
          line: end.line,
          lineLength: end.line < document.lineCount ? document.lineAt(end.line).text.length : 0,
        })),
      );
      editor.setDecorations(
        this.type,
        answer.value.map(({ message, range: { start, end } }, index): vscode.DecorationOptions => {
          const range = new vscode.Range(start.line, start.character, end.line, end.character);
          return noted.has(index) ? { range, renderOptions: { after: note(message) } } : { range };
        }),
      );
    }
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const subscription of this.subscriptions) subscription.dispose();
    this.type.dispose();
  }
}

/** The complaint behind the marked words, in one short line; the hover has all of it. */
function note(message: string): vscode.ThemableDecorationAttachmentRenderOptions {
  const line = message.replace(/\s+/g, ' ');
  const characters = Array.from(line);
  const text = characters.length <= longestNote ? line : `${characters.slice(0, longestNote - 1).join('')}…`;
  return {
    contentText: `← ${text}`,
    margin: '0 0 0 1.5em',
    color: new vscode.ThemeColor('editorCodeLens.foreground'),
    fontStyle: 'italic',
  };
}
