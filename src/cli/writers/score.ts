/** `score/1` for people. */
import type { PromptScore, ScoreDocument, Theme, VersionScore } from '../../shared/documents.js';
import type { CliContext, Style } from '../context.js';
import { count, estimate, plain, table } from './human.js';

type Styler = CliContext['style'];

/** Below this effective number of users a score is not shown as a number, below the other it has no colour. */
const hideBelow = 10;
const judgeFrom = 30;

/** What `ratchet score` prints: each number with its uncertainty, each finding in a sentence. Texts of logs are shown as plain text. `segment`: asked for. */
export function scoreText(document: ScoreDocument, style: Styler, segment?: string): string {
  const parts = document.prompts.map((prompt) => promptText(prompt, document.threshold, style));
  if (parts.length === 0) parts.push('No prompts and no feedback here yet.');
  if (segment !== undefined && document.prompts.every((prompt) => prompt.versions.every((version) => version.segments.length === 0))) {
    parts.push(`No rated feedback here has "${plain(segment, 40)}", neither as an attribute nor as an input variable of its interaction.`);
  }
  const { none, ambiguous } = document.unattributed;
  if (none + ambiguous > 0) {
    parts.push(
      `${String(none + ambiguous)} feedback in no score: ${String(none)} without a prompt, ${String(ambiguous)} with several candidates. Log prompt name and version with each answer.`,
    );
  }
  const rejected = document.rejected.map(({ source, count: n, reason, firstLine }) =>
    firstLine > 0
      ? `${plain(source)}: ${count(n, 'line')} not used: ${plain(reason)}, first in line ${String(firstLine)}`
      : `${plain(source)}: ${count(n, 'record')} not used: ${plain(reason)}`,
  );
  if (rejected.length > 0) parts.push(rejected.join('\n'));
  for (const each of document.failed ?? []) parts.push(`${plain(each.source)} is in no number here. ${plain(each.message)}`);
  return parts.join('\n\n');
}

function promptText(prompt: PromptScore, threshold: number, style: Styler): string {
  const title = style('bold', plain(prompt.prompt)) + (prompt.current === null ? '' : style('dim', `  now ${plain(prompt.current)}`));
  if (prompt.versions.length === 0) return `${title}\n  No feedback yet.`;
  const rows = prompt.versions.map((version) => versionRow(version, style));
  const lines = [
    ...prompt.versions.flatMap((version) => [...trendLines(version), ...themeLines(version), ...channelLines(version, threshold)]),
    ...targetingLines(prompt),
  ];
  return [title, indent(table(rows)), ...lines].join('\n');
}

function versionRow(version: VersionScore, style: Styler): string[] {
  const label = version.version === null ? 'version unknown' : plain(version.version);
  const { score } = version;
  if (score === null) return [label, '', 'No rated feedback yet.'];
  const users = count(score.users, 'user');
  if (version.status === 'insufficient') {
    const shown = score.nEff < hideBelow ? '' : `${score.lo.toFixed(2)} to ${score.hi.toFixed(2)}`;
    const why =
      score.users < judgeFrom
        ? `Not enough feedback yet: ${users}; a score needs ${String(judgeFrom)}.`
        : `Not enough recent feedback yet: ${users} count as ${score.nEff.toFixed(0)}; a score needs ${String(judgeFrom)}.`;
    return [label, shown, why];
  }
  const colours: Record<typeof version.status, Style> = { low: 'red', watch: 'yellow', good: 'green' };
  const response = version.responseRate === null ? '' : `, ${(version.responseRate.mean * 100).toFixed(0)} % of answers rated`;
  const channel =
    version.channel === 'expert' ? (version.method === 'ppi' ? ', by experts and what goes with their labels' : ', by experts') : '';
  return [label, estimate(score), `${style(colours[version.status], version.status)}  ${users}${channel}${response}`];
}

/** What changed: the warning that holds at any look, and this week against the one before where it is more than chance or noise of a hundredth. */
function trendLines(version: VersionScore): string[] {
  const label = `  ${version.version ?? 'unknown'}: `;
  const lines: string[] = [];
  const { change, week } = version;
  if (change != null) {
    const verb = change.direction === 'down' ? 'fell' : 'rose';
    lines.push(
      `${label}quality ${verb} around ${change.since.slice(0, 10)}: people who rated for the first time gave ${change.before.toFixed(2)} before and ${change.after.toFixed(2)} since. ` +
        `This is no chance of looking often: of prompts that stay the same at most ${(change.level * 100).toFixed(0)} in 100 are ever told so.`,
    );
  }
  if (week != null && Math.abs(week.delta) >= 0.005) {
    const sure = week.lo > 0 || week.hi < 0 ? '' : ', which may be chance';
    lines.push(
      `${label}${week.delta < 0 ? 'down' : 'up'} ${Math.abs(week.delta).toFixed(2)} (${signed(week.lo)} to ${signed(week.hi)}) against the week before${sure}`,
    );
  }
  return lines;
}

function signed(value: number): string {
  return `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(2)}`;
}

function themeLines(version: VersionScore): string[] {
  return version.themes.slice(0, 3).map((theme) => `  ${version.version ?? 'unknown'}: ${themeText(theme)}`);
}

function themeText(theme: Theme): string {
  return `${(theme.share * 100).toFixed(0)} % of complaining users (${String(theme.users)}): ${plain(theme.label)}`;
}

/** Which users would be served better by another version: a proposal, in the words of one. */
function targetingLines(prompt: PromptScore): string[] {
  const found = prompt.targeting ?? [];
  const lines = found.map(
    (each) =>
      `  ${plain(each.key)} = ${plain(each.value, 40)}: ${plain(each.version)} did better than ${plain(each.instead)} by ${each.delta.toFixed(2)} (${signed(each.lo)} to ${signed(each.hi)}), ${pText(each.p)}`,
  );
  if (lines.length > 0) lines.push('  Nobody drew lots for these versions: give it to a part of these users first and compare.');
  return lines;
}

function pText(p: number): string {
  return p < 0.001 ? 'p under 0.001' : `p = ${p.toFixed(3)}`;
}

function channelLines(version: VersionScore, threshold: number): string[] {
  const label = `  ${version.version ?? 'unknown'}: `;
  const { system } = version.channels;
  const lines: string[] = [];
  if (system.errorRate !== null) lines.push(`${label}errors ${estimate(system.errorRate)} of ${count(system.interactions, 'interaction')}`);
  for (const segment of version.segments) {
    const { score } = segment;
    const text =
      score.nEff < hideBelow
        ? `Not enough feedback yet: ${count(score.users, 'user')}`
        : `${estimate(score)}, ${count(score.users, 'user')}${restText(segment)}`;
    lines.push(`${label}${plain(segment.key)} = ${plain(segment.value, 40)}: ${text}`);
  }
  if (version.status === 'watch') lines.push(`${label}the mean is below ${String(threshold)}, its interval is not yet.`);
  return lines;
}

/** Nothing for a segment that is no worse than the others, or where it cannot be told. */
function restText({ rest, p, worse }: VersionScore['segments'][number]): string {
  if (worse !== true || rest == null || p == null) return '';
  return `; worse than all others (${rest.mean.toFixed(2)}), ${pText(p)} with all segments counted`;
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
