import { css } from 'lit';

export const pageStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    height: 100vh;
    overflow-y: auto;
  }
  .filters {
    display: flex;
    flex-direction: column;
    gap: 6px;
    padding: 8px 12px 4px;
  }
  vscode-textfield {
    width: 100%;
  }
  .first {
    display: flex;
    gap: 4px;
    align-items: center;
  }
  .selects:not([hidden]) {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
  }
  select,
  input {
    flex: 1 1 110px;
    min-width: 0;
    max-width: 100%;
    height: 26px;
    color: var(--vscode-settings-dropdownForeground, var(--vscode-dropdown-foreground));
    background: var(--vscode-settings-dropdownBackground, var(--vscode-dropdown-background));
    border: 1px solid var(--vscode-settings-dropdownBorder, var(--vscode-dropdown-border));
    border-radius: 4px;
    font: inherit;
    text-overflow: ellipsis;
    color-scheme: light dark;
  }
  .pair {
    flex: 1 1 100%;
    display: flex;
    gap: 4px;
    align-items: center;
  }
  .chips {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 6px;
    align-items: center;
  }
  .chip {
    display: inline-flex;
    gap: 2px;
    align-items: center;
    max-width: 100%;
    padding: 1px 4px 1px 8px;
    color: var(--vscode-badge-foreground);
    background: var(--vscode-badge-background);
    border: 1px solid var(--vscode-contrastBorder, transparent);
    border-radius: 10px;
    font: inherit;
    font-size: 0.9em;
    cursor: pointer;
  }
  .chip vscode-icon {
    color: inherit;
  }
  .chip-text {
    white-space: nowrap;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  button.tool {
    flex: none;
    display: inline-flex;
    align-items: center;
    justify-content: center;
    width: 26px;
    height: 26px;
    padding: 0;
    color: var(--vscode-icon-foreground, inherit);
    background: none;
    border: 1px solid transparent;
    border-radius: 5px;
    cursor: pointer;
  }
  button.tool:hover {
    background: var(--vscode-toolbar-hoverBackground);
    outline: 1px dashed var(--vscode-contrastActiveBorder, transparent);
  }
  button.tool[aria-expanded='true'] {
    background: var(--vscode-toolbar-activeBackground, var(--vscode-toolbar-hoverBackground));
    border-color: var(--vscode-contrastBorder, transparent);
  }
  .notices {
    padding: 2px 12px;
    max-height: 40%;
    overflow-y: auto;
  }
  .fault {
    display: grid;
    grid-template-columns: 20px minmax(0, 1fr);
    column-gap: 6px;
    line-height: 1.4;
    padding: 4px 0;
    overflow-wrap: anywhere;
  }
  .links {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 12px;
  }
  /* In a low view the page scrolls before list or detail become too small to read. */
  .panes {
    flex: 1 0 0;
    min-height: 132px;
    display: flex;
    flex-direction: column;
  }
  .panes.two {
    min-height: 320px;
  }
  /* Wide, as in the panel or a moved view: side by side. */
  @media (min-width: 640px) {
    .panes.two {
      flex-direction: row;
      min-height: 180px;
    }
    .panes.two .detail {
      border-top: none;
      border-left: 1px solid var(--vscode-sideBarSectionHeader-border, var(--vscode-panel-border, var(--vscode-contrastBorder)));
    }
  }
  .count {
    margin: 2px 12px 4px;
    font-size: 0.9em;
  }
  .notice {
    padding: 0 12px;
    line-height: 1.5;
  }
  ratchet-feedback-list {
    flex: 1 1 50%;
    min-height: 88px;
  }
  .detail {
    flex: 1 1 50%;
    min-width: 0;
    overflow-y: auto;
    border-top: 1px solid var(--vscode-sideBarSectionHeader-border, var(--vscode-panel-border, var(--vscode-contrastBorder)));
    padding: 0 12px 12px;
  }
  .bar {
    position: sticky;
    top: 0;
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    align-items: center;
    padding: 2px 0;
    background: var(--vscode-sideBar-background, var(--vscode-editor-background));
  }
  .bar h2 {
    margin: 4px 0;
  }
  .tools {
    display: flex;
  }
  h4 {
    margin: 6px 0 2px;
    font-weight: 600;
  }
  summary {
    cursor: pointer;
    overflow-wrap: anywhere;
  }
  details > pre {
    margin-top: 4px;
  }
  dl {
    display: grid;
    grid-template-columns: auto 1fr;
    gap: 2px 10px;
    margin: 0;
  }
  dt {
    color: var(--vscode-descriptionForeground);
  }
  dd {
    margin: 0;
    overflow-wrap: anywhere;
  }
  button.copy {
    font-weight: normal;
    margin-left: 6px;
  }
  pre {
    padding: 6px 8px;
    background: var(--vscode-textCodeBlock-background);
    border: 1px solid var(--vscode-contrastBorder, transparent);
    border-radius: 4px;
    max-height: 240px;
    overflow-y: auto;
  }
  ul.others {
    list-style: none;
    padding: 0;
    margin: 0;
  }
  ol {
    margin: 0;
    padding-left: 20px;
  }
`;
