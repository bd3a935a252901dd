import uPlot from 'uplot';
import type { HistoryEntry } from '../../shared/protocol.js';

/** Score over time, one line a version with its interval as a band. Aligned columns as uPlot wants them; `null` where a week has no score. */
export function chartData(entries: HistoryEntry[]): {
  times: number[];
  series: { version: string; mean: (number | null)[]; lo: (number | null)[]; hi: (number | null)[] }[];
} {
  const scored = entries.filter((entry) => (entry.score?.trend ?? []).some((point) => point.mean !== null));
  const times = [...new Set(scored.flatMap((entry) => (entry.score?.trend ?? []).map((point) => Date.parse(point.to) / 1000)))].sort(
    (a, b) => a - b,
  );
  const series = scored.map((entry) => {
    const points = new Map((entry.score?.trend ?? []).map((point) => [Date.parse(point.to) / 1000, point]));
    const column = (key: 'mean' | 'lo' | 'hi'): (number | null)[] => times.map((time) => points.get(time)?.[key] ?? null);
    return { version: entry.version, mean: column('mean'), lo: column('lo'), hi: column('hi') };
  });
  return { times, series };
}

const COLOURS = [
  '--vscode-charts-blue',
  '--vscode-charts-orange',
  '--vscode-charts-green',
  '--vscode-charts-purple',
  '--vscode-charts-red',
];
const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3]];

/** Draws into `target`; returns the way to remove it. Lines differ by dash as well as by colour. */
export function drawChart(target: HTMLElement, entries: HistoryEntry[], width: number): () => void {
  const { times, series } = chartData(entries);
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string =>
    style.getPropertyValue(name).trim() || style.getPropertyValue('--vscode-foreground').trim() || 'gray';
  const axis = {
    stroke: colour('--vscode-foreground'),
    grid: { stroke: colour('--vscode-panel-border'), width: 1 },
    ticks: { show: false },
  };
  const lines: uPlot.Series[] = [];
  const bands: uPlot.Band[] = [];
  const data: (number | null)[][] = [];
  series.forEach((line, index) => {
    const stroke = colour(COLOURS[index % COLOURS.length] ?? '--vscode-foreground');
    const first = 1 + data.length;
    const dash = DASHES[index % DASHES.length] ?? [];
    lines.push({ label: line.version, stroke, width: 2, dash, points: { show: true, size: 6 } });
    lines.push({ label: `${line.version} upper`, stroke: 'transparent', points: { show: false } });
    lines.push({ label: `${line.version} lower`, stroke: 'transparent', points: { show: false } });
    bands.push({ series: [first + 1, first + 2], fill: translucent(stroke) });
    data.push(line.mean, line.hi, line.lo);
  });
  const plot = new uPlot(
    {
      width,
      height: 180,
      legend: { show: false },
      cursor: { show: false },
      scales: { y: { range: [0, 1] } },
      axes: [axis, { ...axis, size: 44 }],
      series: [{}, ...lines],
      bands,
    },
    [times, ...data] as uPlot.AlignedData,
    target,
  );
  return () => {
    plot.destroy();
  };
}

function translucent(colour: string): string {
  return /^#[0-9a-f]{6}$/i.test(colour) ? `${colour}33` : 'rgba(128, 128, 128, 0.2)';
}
