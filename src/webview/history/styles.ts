import { css } from 'lit';

/** uPlot's own sheet is for the page; inside our shadow root only these few rules of it are needed. */
export const pageStyles = css`
  :host {
    padding: 12px 16px 24px;
  }
  h1 {
    font-size: 1.3em;
    font-weight: 600;
    margin: 0 0 8px;
  }
  .chart {
    position: relative;
    max-width: 900px;
    margin-bottom: 12px;
  }
  .chart .u-wrap,
  .chart .u-over,
  .chart .u-under {
    position: absolute;
  }
  .chart .u-wrap {
    position: relative;
  }
  .chart canvas {
    display: block;
    position: relative;
    width: 100%;
    height: 100%;
  }
  .chart .u-axis {
    position: absolute;
  }
  .findings {
    list-style: none;
    padding: 0;
    margin: 0 0 12px;
    max-width: 900px;
  }
  .findings li {
    display: flex;
    gap: 6px;
    margin: 4px 0;
    line-height: 1.4;
  }
  table {
    border-collapse: collapse;
    width: 100%;
    max-width: 1100px;
  }
  th,
  td {
    text-align: left;
    padding: 6px 16px 6px 0;
    vertical-align: baseline;
    font-weight: normal;
    border-bottom: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder));
  }
  thead th {
    color: var(--vscode-descriptionForeground);
  }
  tbody th {
    font-weight: 600;
    white-space: nowrap;
  }
  td {
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  details {
    margin-bottom: 16px;
  }
  summary {
    cursor: pointer;
    padding: 2px 0;
  }
  .tag {
    font-weight: normal;
    font-size: 0.85em;
    padding: 0 6px;
    border-radius: 8px;
    color: var(--vscode-badge-foreground);
    background: var(--vscode-badge-background);
    border: 1px solid var(--vscode-contrastBorder, transparent);
  }
  .actions {
    white-space: nowrap;
  }
  .actions button + button {
    margin-left: 12px;
  }
`;
