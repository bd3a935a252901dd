import { css } from 'lit';

export const pageStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    height: 100vh;
    min-height: 0;
  }
  header {
    padding: 12px 16px 0;
  }
  h1 {
    font-size: 1.3em;
    font-weight: 600;
    margin: 0;
  }
  .bar {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 12px;
  }
  .bar h2 {
    overflow-wrap: anywhere;
  }
  .bar button {
    flex: none;
  }
  .running {
    display: inline-flex;
    align-items: center;
    gap: 4px;
  }
  .notice {
    padding: 0 16px;
  }
  table {
    border-collapse: collapse;
    margin: 8px 0 4px;
  }
  th,
  td {
    text-align: left;
    padding: 3px 24px 3px 0;
    font-weight: normal;
  }
  thead th {
    color: var(--vscode-descriptionForeground);
  }
  td {
    font-variant-numeric: tabular-nums;
    font-weight: 600;
  }
  header p {
    margin: 4px 0;
  }
  .health {
    list-style: none;
    padding: 0;
    margin: 4px 0;
  }
  .links {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 12px;
    align-items: center;
    margin: 4px 0;
  }
  button.icon {
    background: none;
    border: none;
    padding: 2px;
    color: var(--vscode-icon-foreground, var(--vscode-foreground));
    cursor: pointer;
  }
  button[disabled] {
    opacity: 0.5;
    cursor: default;
  }
  select {
    font: inherit;
    max-width: 100%;
    padding: 2px 4px;
    color: var(--vscode-dropdown-foreground, var(--vscode-foreground));
    background: var(--vscode-dropdown-background, transparent);
    border: 1px solid var(--vscode-dropdown-border, var(--vscode-contrastBorder, var(--vscode-panel-border)));
  }
  summary {
    cursor: pointer;
    margin: 4px 0;
  }
  .history svg {
    width: min(100%, 480px);
    display: block;
  }
  .history .grid {
    stroke: var(--vscode-panel-border, var(--vscode-descriptionForeground));
    stroke-width: 0.5;
  }
  .history polyline {
    fill: none;
    stroke-width: 1.5;
  }
  .history .interval {
    stroke-width: 1;
    opacity: 0.5;
  }
  .line0 {
    stroke: var(--vscode-charts-blue, var(--vscode-foreground));
    fill: var(--vscode-charts-blue, var(--vscode-foreground));
  }
  .line1 {
    stroke: var(--vscode-charts-orange, var(--vscode-foreground));
    fill: var(--vscode-charts-orange, var(--vscode-foreground));
    stroke-dasharray: 4 2;
  }
  .line2 {
    stroke: var(--vscode-charts-green, var(--vscode-foreground));
    fill: var(--vscode-charts-green, var(--vscode-foreground));
    stroke-dasharray: 1 2;
  }
  .line3 {
    stroke: var(--vscode-charts-purple, var(--vscode-foreground));
    fill: var(--vscode-charts-purple, var(--vscode-foreground));
    stroke-dasharray: 6 2 1 2;
  }
  .scroll {
    max-height: 160px;
    overflow: auto;
  }
  .pair {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    margin: 12px 0 4px;
  }
  .pair button {
    font: inherit;
    color: var(--vscode-button-secondaryForeground, var(--vscode-foreground));
    background: var(--vscode-button-secondaryBackground, transparent);
    border: 1px solid var(--vscode-contrastBorder, transparent);
    border-radius: 2px;
    padding: 2px 10px;
    cursor: pointer;
  }
  .pair button[aria-pressed='true'] {
    outline: 1px solid var(--vscode-focusBorder);
  }
  .sides {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 220px), 1fr));
    gap: 16px;
  }
  .sides > div {
    min-width: 0;
  }
  .role {
    margin: 8px 0 2px;
    color: var(--vscode-descriptionForeground);
  }
  .diff del {
    background: var(--vscode-diffEditor-removedTextBackground, transparent);
    text-decoration: line-through;
  }
  .diff ins {
    background: var(--vscode-diffEditor-insertedTextBackground, transparent);
    text-decoration: underline;
  }
  .assertions .assertions {
    margin: 2px 0 2px 4px;
  }
  .assertions li > div {
    min-width: 0;
    overflow-wrap: anywhere;
  }
  .health li,
  .assertions li {
    display: flex;
    gap: 6px;
    margin: 2px 0;
  }
  .toolbar {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    align-items: center;
    padding: 8px 0;
  }
  .tabs {
    display: flex;
    flex-wrap: wrap;
    padding-left: 1px;
  }
  .tabs button {
    font: inherit;
    color: var(--vscode-foreground);
    background: transparent;
    border: 1px solid var(--vscode-dropdown-border, var(--vscode-contrastBorder, var(--vscode-panel-border)));
    margin-left: -1px;
    padding: 3px 10px;
    cursor: pointer;
  }
  .tabs button:first-child {
    border-radius: 4px 0 0 4px;
    margin-left: 0;
  }
  .tabs button:last-child {
    border-radius: 0 4px 4px 0;
  }
  .tabs button[aria-pressed='true'] {
    background: var(--vscode-list-activeSelectionBackground);
    color: var(--vscode-list-activeSelectionForeground);
    outline: 1px solid var(--vscode-contrastActiveBorder, transparent);
    outline-offset: -2px;
  }
  .body {
    flex: 1 1 auto;
    min-height: 0;
    display: flex;
    border-top: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder));
  }
  .matrix {
    flex: 1 1 55%;
    min-width: 0;
    display: flex;
    flex-direction: column;
  }
  .heads {
    display: grid;
    grid-template-columns: minmax(0, 1fr) repeat(var(--columns, 1), minmax(0, 150px));
    column-gap: 12px;
    padding: 4px 12px;
    color: var(--vscode-descriptionForeground);
  }
  .heads span {
    white-space: nowrap;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  ratchet-case-list {
    flex: 1 1 auto;
    min-height: 0;
  }
  aside {
    flex: 1 1 45%;
    min-width: 0;
    overflow-y: auto;
    padding: 4px 16px 16px;
    border-left: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder));
  }
  aside pre {
    padding: 6px 8px;
    background: var(--vscode-textCodeBlock-background);
    border: 1px solid var(--vscode-contrastBorder, transparent);
    border-radius: 4px;
    max-height: 320px;
    overflow-y: auto;
  }
  dl {
    margin: 0;
  }
  dt {
    color: var(--vscode-descriptionForeground);
    margin-top: 4px;
  }
  dd {
    margin: 0;
  }
  h3 vscode-icon {
    vertical-align: text-bottom;
  }
  .assertions {
    list-style: none;
    padding: 0;
  }
  .facts {
    font-weight: normal;
  }
  @media (max-width: 700px) {
    :host {
      height: auto;
      min-height: 100vh;
    }
    th,
    td {
      padding-right: 12px;
    }
    ratchet-case-list {
      flex: none;
      height: 45vh;
    }
    .body {
      flex-direction: column;
    }
    aside {
      border-left: none;
      border-top: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder));
    }
  }
`;
