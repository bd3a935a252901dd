import { css } from 'lit';

export const pageStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    height: 100vh;
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
  .selects {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
  }
  select {
    flex: 1 1 90px;
    min-width: 0;
    max-width: 100%;
    height: 26px;
    color: var(--vscode-settings-dropdownForeground, var(--vscode-dropdown-foreground));
    background: var(--vscode-settings-dropdownBackground, var(--vscode-dropdown-background));
    border: 1px solid var(--vscode-settings-dropdownBorder, var(--vscode-dropdown-border));
    border-radius: 4px;
    font: inherit;
    text-overflow: ellipsis;
  }
  .count {
    margin: 2px 12px 4px;
    font-size: 0.9em;
  }
  .notice {
    padding: 0 16px;
    line-height: 1.5;
  }
  ratchet-feedback-list {
    flex: 1 1 50%;
    min-height: 88px;
  }
  .detail {
    flex: 1 1 50%;
    overflow-y: auto;
    border-top: 1px solid var(--vscode-sideBarSectionHeader-border, var(--vscode-panel-border, var(--vscode-contrastBorder)));
    padding: 4px 12px 12px;
  }
  .bar {
    display: flex;
    justify-content: space-between;
    align-items: center;
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
  .copy {
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
