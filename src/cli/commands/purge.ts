import type { Command } from 'commander';
import type { PurgeDocument } from '../../shared/documents.js';
import type { CliContext } from '../context.js';
import { exitCodes } from '../exitCodes.js';
import { count, plain, table } from '../writers/human.js';

interface PurgeFlags {
  user: string;
  dryRun?: boolean;
  yes?: boolean;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('purge')
    .description("take a person's words out of everything that is stored here; scores stay as they are")
    .requiredOption('--user <id>', 'the user as the application names that person, or the pseudonym that is shown')
    .option('--dry-run', 'say what would be changed, and change nothing')
    .option('--yes', 'do not ask')
    .action(async ({ user, dryRun = false, yes = false }: PurgeFlags) => {
      const engine = await context.engine();
      if (!dryRun && !yes) {
        context.err(human(await engine.feedback.purge({ user, dryRun: true })));
        const answer = await context.confirm('Take these words out for good?');
        if (answer === null)
          context.err('There is no terminal to ask at. Add --yes to purge without being asked, or --dry-run to look first.');
        else if (!answer) context.err('Nothing was changed.');
        if (answer !== true) {
          context.exit(answer === null ? exitCodes.fault : exitCodes.fails);
          return;
        }
      }
      const document = await engine.feedback.purge({ user, dryRun });
      context.emit(document, () => human(document));
    });
}

function human(document: PurgeDocument): string {
  const { dryRun, segments, ownFiles, rewritten, removed, notes } = document;
  const would = dryRun ? 'would be ' : '';
  const head =
    segments.length === 0
      ? 'Nothing that is stored here has to be changed.'
      : `${count(rewritten, 'record')} ${would}rewritten without words, ${String(removed)} ${would}removed.`;
  const rows = [
    ...segments.map((each) => [
      plain(each.file),
      plain(each.source),
      `${String(each.rewritten)} rewritten`,
      `${String(each.removed)} removed`,
    ]),
    ...ownFiles.map((each) => [plain(each.file), plain(each.source), count(each.lines, 'line'), 'yours, not changed']),
  ];
  return [head, ...(rows.length === 0 ? [] : [table(rows)]), ...notes.map((note) => plain(note, 1000))].join('\n');
}
