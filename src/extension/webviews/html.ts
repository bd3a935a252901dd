import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { buildPageHtml, type PageName } from './pageHtml.js';

export function pageHtml(webview: vscode.Webview, extensionUri: vscode.Uri, page: PageName, title: string): string {
  return buildPageHtml({
    page,
    title,
    cspSource: webview.cspSource,
    nonce: randomBytes(16).toString('base64'),
    asset: (file) => webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist', 'webview', file)).toString(),
  });
}

export function pageOptions(extensionUri: vscode.Uri): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [vscode.Uri.joinPath(extensionUri, 'dist', 'webview')] };
}
