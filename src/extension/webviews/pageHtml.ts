export type PageName = 'feedback' | 'evaluation' | 'history';

export interface PageParts {
  page: PageName;
  title: string;
  /** What the host allows styles and fonts from. */
  cspSource: string;
  /** A new one for each load. */
  nonce: string;
  /** Address of a file in dist/webview. */
  asset: (file: string) => string;
}

/**
 * The one place where a page's HTML is made. Nothing of the workspace goes into it: content arrives by messages and is rendered as text.
 * Policy: no network, scripts by a fresh nonce only, styles and fonts only from our own folder.
 */
export function buildPageHtml({ page, title, cspSource, nonce, asset }: PageParts): string {
  const source = escapeHtml(cspSource);
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${source}; font-src ${source}; base-uri 'none'; form-action 'none'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${escapeHtml(asset('codicon.css'))}" id="vscode-codicon-stylesheet">
<link rel="stylesheet" href="${escapeHtml(asset('page.css'))}">
<title>${escapeHtml(title)}</title>
</head>
<body>
<main><ratchet-${page}-page></ratchet-${page}-page></main>
<script nonce="${nonce}" src="${escapeHtml(asset(`${page}.js`))}"></script>
</body>
</html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);
}
