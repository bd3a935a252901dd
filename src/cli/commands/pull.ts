import type { Command } from 'commander';
import type { PullDocument, PullSource } from '../../shared/documents.js';
import { pullNotes } from '../../shared/words.js';
import type { CliContext } from '../context.js';
import { exitCodes } from '../exitCodes.js';
import { isoTime } from '../options.js';
import { count, plain, table } from '../writers/human.js';

interface PullFlags {
  since?: string;
  full?: boolean;
}

const noSource = 'No feedback source is configured. Add one to .ratchet/config.yaml, or try ratchet init --sample.';

export function register(program: Command, context: CliContext): void {
  program
    .command('pull')
    .description('take in new feedback from the configured sources')
    .argument('[source...]', 'names of sources (default: all)')
    .option('--since <time>', 'leave out older records, until the next --full', isoTime)
    .option('--full', 'read everything again from the start')
    .action(async (sources: string[], flags: PullFlags) => {
      const engine = await context.engine();
      const document = await engine.feedback.pull({ ...flags, sources, record: true, signal: context.signal });
      context.emit(document, () => human(document, context));
      const faults = await configFaults(context);
      for (const fault of faults) context.err(fault);
      if (document.sources.length === 0 && faults.length === 0) context.note(noSource);
      for (const source of document.sources) {
        if (!source.ok) context.err(plain(source.error ?? '', 500));
      }
      // A slip elsewhere in config.yaml is said, and takes nothing from the sources that could be read.
      const none = faults.length > 0 && document.sources.length === 0;
      if (none || document.sources.some((source) => !source.ok)) context.exit(exitCodes.fault);
    });
}

/** What is wrong in config.yaml: a source with a slip in it must not look like no source. */
async function configFaults(context: CliContext): Promise<string[]> {
  const { problems } = await (await context.engine()).config.load();
  return problems.filter(({ severity }) => severity === 'error').map(({ file, message }) => plain(`${file}: ${message}`, 500));
}

/** What `score` and `feedback` do first, so that no number is older than its log. Failures are said, and what is there is used. */
export async function pullQuietly(context: CliContext, options: { scores?: boolean } = {}): Promise<void> {
  const engine = await context.engine();
  const document = await engine.feedback.pull({ ...options, signal: context.signal });
  const faults = await configFaults(context);
  for (const fault of faults) context.note(fault);
  if (document.sources.length === 0 && faults.length === 0) context.note(noSource);
  for (const source of document.sources) {
    if (!source.ok) context.note(`${plain(source.error ?? '', 500)} What was read from it before is used.`);
  }
}

function human(document: PullDocument, context: CliContext): string {
  if (document.sources.length === 0) return 'Nothing to pull.';
  const rows = document.sources.map((source) => [
    source.ok ? context.style('green', 'ok') : context.style('red', 'failed'),
    plain(source.name),
    `${count(source.interactions.total, 'interaction')} (${changes(source.interactions)})`,
    `${String(source.feedback.total)} feedback (${changes(source.feedback)})`,
    `${source.seconds.toFixed(1)} s`,
  ]);
  return [table(rows, [4]), ...document.sources.flatMap((source) => remarks(source, context))].join('\n');
}

function changes(counts: PullSource['feedback']): string {
  return `${String(counts.new)} new${counts.updated === 0 ? '' : `, ${String(counts.updated)} updated`}`;
}

function remarks(source: PullSource, context: CliContext): string[] {
  const rejected = source.rejected.map(({ reason, count: n, firstLine }) =>
    // What a server sends has no lines.
    firstLine === 0
      ? `${plain(source.name)}: ${count(n, 'record')} not used: ${plain(reason)}`
      : `${plain(source.name)}: ${count(n, 'line')} not used: ${plain(reason)}, first in line ${String(firstLine)}`,
  );
  const taken = Object.entries(source.redacted ?? {}).map(([kind, n]) => `${String(n)} ${plain(kind)}`);
  return [
    ...(taken.length === 0 ? [] : [`${plain(source.name)}: taken out of texts before they were stored: ${taken.join(', ')}`]),
    ...rejected.map((line) => context.style('yellow', line)),
    ...pullNotes(source).map((note) => `${plain(source.name)}: ${plain(note, 500)}`),
  ];
}
