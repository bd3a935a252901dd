import type { Connection, Hover, Position } from 'vscode-languageserver/node';
import type { ScoreValue, VersionScore } from '../../shared/documents.js';
import type { PromptSegments, Range } from '../../shared/protocol.js';
import { changeWords, methodWords, segmentWords, signalName, targetingWords } from '../../shared/words.js';
import { escapeMarkdown, shorten } from '../markdown.js';
import { headline, minimumUsers, people, percent, scoreWords, trendWords, usersOf, weekTrend } from '../quality.js';
import { nameLine, shownPrompts, titleLine, type ShownPrompt } from '../promptBuffers.js';
import type { Session } from '../session.js';
import { highlightsOf } from './highlights.js';

const inside = (range: Range, position: Position): boolean => {
  const after = position.line > range.start.line || (position.line === range.start.line && position.character >= range.start.character);
  const before = position.line < range.end.line || (position.line === range.end.line && position.character <= range.end.character);
  return after && before;
};

const channel = (name: string, score: ScoreValue | null | undefined): string[] =>
  score == null ? [] : [`- ${name}: ${scoreWords(score)}`];

/** What users did. A signal that has but one value (left is always bad, accepted always good) says how many, not how much. */
function seenInUse(implicit: VersionScore['channels']['implicit']): string[] {
  const signals = Object.entries(implicit).map(([name, score]) => ({ name: escapeMarkdown(signalName(name)), score }));
  const graded = signals.filter(({ score }) => score.mean > 0 && score.mean < 1);
  const counted = signals.filter(({ score }) => score.mean <= 0 || score.mean >= 1);
  return [
    ...(counted.length === 0 ? [] : [`- Seen in use: ${counted.map(({ name, score }) => `${name} by ${people(score.users)}`).join(', ')}`]),
    ...graded.flatMap(({ name, score }) => channel(`Seen in use, ${name}`, score)),
  ];
}

/** Names and values of attributes come from a log. */
const escaped = <T extends { key: string; value: string }>(found: T): T => ({
  ...found,
  key: escapeMarkdown(found.key),
  value: escapeMarkdown(found.value),
});

/** The breakdown as Markdown. Words from the log are escaped; nothing in it is a link. */
export function breakdown(id: string, row: VersionScore | null, segments: PromptSegments | null = null): string {
  const title = `**${escapeMarkdown(id)}**`;
  const users = usersOf(row);
  if (row === null || users === 0) return `${title}\n\nNo feedback yet. Connect a feedback source to see a score here.`;
  const version = row.version === null ? 'as served (version unknown)' : escapeMarkdown(row.version);
  const lines = [`${title} · ${version}`, ''];
  if (row.status === 'insufficient' || row.score === null) {
    lines.push(`Not enough feedback yet: ${people(users)}; a score needs ${String(minimumUsers)}.`, '');
  }
  lines.push(
    ...channel('Ratings by users', row.channels.explicit),
    ...channel('Reviews by experts', row.channels.expert),
    ...channel('Judge model', row.channels.judge),
    ...seenInUse(row.channels.implicit),
  );
  const { system } = row.channels;
  if (system.errorRate !== null) {
    const { mean, lo, hi } = system.errorRate;
    lines.push(`- Errors: ${percent(mean)} (${percent(lo)} to ${percent(hi)}) of ${String(system.interactions)} interactions`);
  }
  if (system.latencyMs !== null) {
    lines.push(
      `- Latency: ${String(Math.round(system.latencyMs.p50))} ms median, ${String(Math.round(system.latencyMs.p95))} ms at the 95th percentile`,
    );
  }
  if (row.responseRate !== null) {
    const { mean, lo, hi } = row.responseRate;
    const bounds =
      row.bounds === null
        ? ''
        : `; were all others counted, the score would lie between ${row.bounds.lo.toFixed(2)} and ${row.bounds.hi.toFixed(2)}`;
    lines.push(`- Who answers: ${percent(mean)} of interactions (${percent(lo)} to ${percent(hi)})${bounds}`);
  }
  const trend = trendWords(weekTrend(row));
  if (trend !== null) lines.push(`- Trend: ${trend}`);
  if (row.change != null) lines.push(`- Quality ${changeWords(row.change)}`);
  const method = methodWords(row.method);
  if (method !== null) lines.push(`- The score is made of ${method}`);
  lines.push(
    ...(segments?.worse ?? []).map((segment) => `- Worse off than the rest: ${segmentWords(escaped(segment))}`),
    ...(segments?.targeting ?? []).map((found) => `- ${targetingWords(escaped(found))}`),
  );
  if (row.themes.length > 0) {
    lines.push('', 'Complaints:', '');
    for (const theme of row.themes.slice(0, 5)) {
      lines.push(`- ${escapeMarkdown(shorten(theme.label, 120))}: ${people(theme.users)}, ${percent(theme.share)}`);
    }
  }
  return lines.join('\n');
}

async function placeholderHover(session: Session, prompt: ShownPrompt, position: Position): Promise<Hover | null> {
  const offset = prompt.positions.offset(position);
  const placeholder = prompt.shown.placeholders.find(({ source }) => source.start <= offset && offset <= source.end);
  if (placeholder === undefined) return null;
  const values = (await session.engine.feedback.variables(prompt.id))[placeholder.name] ?? [];
  if (values.length === 0) return null;
  const lines = values.slice(0, 3).map((value) => `- ${escapeMarkdown(shorten(value, 160))}`);
  return {
    range: prompt.positions.range(placeholder.source),
    contents: { kind: 'markdown', value: [`**${escapeMarkdown(placeholder.name)}** in production, for example:`, '', ...lines].join('\n') },
  };
}

export async function hoverAt(session: Session, uri: string, position: Position): Promise<Hover | null> {
  const prompts = await shownPrompts(session, uri);
  if (prompts.length === 0) return null;
  const scores = await session.scores();
  for (const prompt of prompts) {
    if (position.line !== titleLine(prompt) && position.line !== nameLine(prompt)) continue;
    const row = headline(scores.prompts.find((score) => score.prompt === prompt.id));
    return {
      range: prompt.positions.line(position.line),
      contents: { kind: 'markdown', value: breakdown(prompt.id, row, session.segmentsIfKnown(prompt.id)) },
    };
  }
  for (const prompt of prompts) {
    const hover = await placeholderHover(session, prompt, position);
    if (hover !== null) return hover;
  }
  const marks = (await highlightsOf(session, uri)).filter((mark) => inside(mark.range, position));
  const first = marks[0];
  if (first === undefined) return null;
  return { range: first.range, contents: { kind: 'markdown', value: marks.map((mark) => `- ${escapeMarkdown(mark.message)}`).join('\n') } };
}

export function registerHover(connection: Connection, session: Session): void {
  const answer = session.wire.guard('Hover', null, (uri: string, position: Position) => hoverAt(session, uri, position));
  connection.onHover((params) => answer(params.textDocument.uri, params.position));
}
