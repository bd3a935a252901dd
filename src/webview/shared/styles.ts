import { css } from 'lit';

/** Only `--vscode-*` colours, so that every theme, high contrast included, looks like the editor around us. */
export const base = css`
  :host {
    display: block;
    color: var(--vscode-foreground);
    font-family: var(--vscode-font-family);
    font-size: var(--vscode-font-size);
  }
  * {
    box-sizing: border-box;
  }
  button.link {
    background: none;
    border: none;
    padding: 0;
    color: var(--vscode-textLink-foreground);
    font: inherit;
    cursor: pointer;
    text-align: left;
  }
  button.link:hover {
    text-decoration: underline;
  }
  :focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: 1px;
  }
  .muted {
    color: var(--vscode-descriptionForeground);
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  pre {
    margin: 0;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
    font-family: var(--vscode-editor-font-family);
    font-size: var(--vscode-editor-font-size);
  }
  h2,
  h3 {
    font-size: 1em;
    font-weight: 600;
    margin: 12px 0 4px;
  }
  .pass {
    color: var(--vscode-testing-iconPassed, var(--vscode-foreground));
  }
  .fail {
    color: var(--vscode-testing-iconFailed, var(--vscode-errorForeground));
  }
  .error {
    color: var(--vscode-testing-iconErrored, var(--vscode-errorForeground));
  }
`;
