import type { Command } from 'commander';
import type { PromptScore, ScoreDocument, VersionScore } from '../../shared/documents.js';
import type { CliContext, Style } from '../context.js';
import { fraction, isoTime } from '../options.js';
import { count, estimate, plain, table } from '../writers/human.js';
import { pullQuietly } from './pull.js';

interface ScoreFlags {
  since?: string;
  until?: string;
  segment?: string;
  threshold?: number;
  asOf?: string;
}

/** Below this effective number of users a score is not shown as a number, below the other it has no colour. */
const hideBelow = 10;
const judgeFrom = 30;

export function register(program: Command, context: CliContext): void {
  program
    .command('score')
    .description('score prompts from their feedback, by version, with uncertainty (takes in new feedback first)')
    .argument('[prompt...]', 'ids or files of prompts (default: all)')
    .option('--since <time>', 'only what was said at this time or later', isoTime)
    .option('--until <time>', 'only what was said before this time', isoTime)
    .option('--segment <key>', 'scores by a value too: an attribute of the records or an input variable')
    .option('--threshold <number>', 'quality below which a prompt is low (default: of .ratchet/config.yaml, else 0.7)', fraction)
    .option('--as-of <time>', 'score as if it were this time (default: now)', isoTime)
    .action(async (prompts: string[], flags: ScoreFlags) => {
      await pullQuietly(context);
      const engine = await context.engine();
      const document = await engine.scoring.score({ ...flags, prompts });
      context.emit(document, () => human(document, context));
    });
}

function human(document: ScoreDocument, context: CliContext): string {
  const parts = document.prompts.map((prompt) => promptText(prompt, document.threshold, context));
  if (parts.length === 0) parts.push('No prompts and no feedback here yet.');
  const { none, ambiguous } = document.unattributed;
  if (none + ambiguous > 0) {
    parts.push(
      `${String(none + ambiguous)} feedback in no score: ${String(none)} without a prompt, ${String(ambiguous)} with several candidates. Log prompt name and version with each answer.`,
    );
  }
  for (const each of document.rejected) {
    parts.push(
      `${plain(each.source)}: ${count(each.count, 'line')} not used: ${plain(each.reason)}, first in line ${String(each.firstLine)}`,
    );
  }
  return parts.join('\n\n');
}

function promptText(prompt: PromptScore, threshold: number, context: CliContext): string {
  const title =
    context.style('bold', plain(prompt.prompt)) + (prompt.current === null ? '' : context.style('dim', `  now ${plain(prompt.current)}`));
  if (prompt.versions.length === 0) return `${title}\n  No feedback yet.`;
  const rows = prompt.versions.map((version) => versionRow(version, context));
  const themes = prompt.versions.flatMap((version) => themeLines(version));
  return [title, indent(table(rows)), ...themes, ...prompt.versions.flatMap((version) => channelLines(version, threshold))].join('\n');
}

function versionRow(version: VersionScore, context: CliContext): string[] {
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
  const channel = version.channel === 'expert' ? ', by experts' : '';
  return [label, estimate(score), `${context.style(colours[version.status], version.status)}  ${users}${channel}${response}`];
}

function themeLines(version: VersionScore): string[] {
  return version.themes
    .slice(0, 3)
    .map(
      (theme) =>
        `  ${version.version ?? 'unknown'}: ${(theme.share * 100).toFixed(0)} % of complaining users (${String(theme.users)}): ${plain(theme.label)}`,
    );
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
        : `${estimate(score)}, ${count(score.users, 'user')}`;
    lines.push(`${label}${plain(segment.key)} = ${plain(segment.value, 40)}: ${text}`);
  }
  if (version.status === 'watch') lines.push(`${label}the mean is below ${String(threshold)}, its interval is not yet.`);
  return lines;
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
