import type { Command } from 'commander';
import type { FeedbackDocument, FeedbackRow } from '../../shared/documents.js';
import type { CliContext } from '../context.js';
import { integer } from '../options.js';
import { plain, table } from '../writers/human.js';
import { pullQuietly } from './pull.js';

interface FeedbackFlags {
  low?: boolean;
  signal?: string;
  user?: string;
  search?: string;
  limit?: number;
  cursor?: string;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('feedback')
    .description('list feedback, newest first (takes in new feedback first)')
    .argument('[prompt]', 'id or file of a prompt (default: all feedback)')
    .option('--low', 'only what was rated below one half, and complaints in words')
    .option('--signal <name>', 'only this signal (explicit.rating) or family (explicit)')
    .option('--user <id>', 'only this user, by the id in the log or the pseudonym shown here')
    .option('--search <text>', 'only comments with these words')
    .option('--limit <n>', 'rows a page (default: 50)', integer(1, 1000))
    .option('--cursor <cursor>', 'nextCursor of the page before')
    .action(async (prompt: string | undefined, flags: FeedbackFlags) => {
      await pullQuietly(context);
      const engine = await context.engine();
      const named = prompt === undefined ? undefined : (await engine.prompts.list()).find((each) => each.file === prompt)?.id;
      const id = named ?? prompt;
      const document = await engine.feedback.page({ ...flags, ...(id === undefined ? {} : { prompt: id }) });
      context.emit(document, () => human(document, context));
      if (document.nextCursor !== null) context.note(`More with --cursor ${document.nextCursor}`);
    });
}

function human(document: FeedbackDocument, context: CliContext): string {
  if (document.rows.length === 0) return 'No feedback matches.';
  const rows = document.rows.map((row) => [
    context.style('dim', row.time.slice(0, 16).replace('T', ' ')),
    plain(row.prompt ?? '?', 40) + (row.version === null ? '' : ` ${plain(row.version, 12)}`),
    row.signal,
    row.y === null ? '-' : row.y.toFixed(2),
    said(row),
  ]);
  return `${table(rows, [3])}\n${String(document.rows.length)} of ${String(document.total)}`;
}

function said(row: FeedbackRow): string {
  const words = row.text ?? row.label ?? '';
  return row.correction === null ? plain(words, 90) : plain(`${words} -> ${row.correction}`, 90);
}
