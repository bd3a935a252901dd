import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ExportDocument } from '../../shared/documents.js';
import type { CliContext } from '../context.js';
import { count, plain } from '../writers/human.js';
import { pullQuietly } from './pull.js';

interface ExportFlags {
  out: string;
  redact?: boolean;
}

export function register(program: Command, context: CliContext): void {
  const group = program.command('export').description('write what is here in the format of another tool');
  group
    .command('otlp')
    .description('all interactions and feedback as OpenTelemetry traces and logs (OTLP JSON lines), users as pseudonyms')
    .requiredOption('--out <file>', 'new files: otel.jsonl becomes otel.traces.jsonl and otel.logs.jsonl')
    .option('--redact', 'take personal data and secrets out of all texts')
    .action(async (flags: ExportFlags) => {
      await pullQuietly(context);
      const engine = await context.engine();
      const out = resolve(flags.out).replaceAll('\\', '/');
      const document = await engine.feedback.exportOtlp({ out, redact: flags.redact === true, signal: context.signal });
      context.emit(document, () => human(document));
      if (flags.redact !== true) context.note('Texts are as they were stored. Export with --redact before you give them to others.');
    });
}

function human(document: ExportDocument): string {
  const files = document.files.map(({ file, records }) => `${plain(file)}: ${count(records, 'record')}`);
  const skipped = document.skipped === 0 ? [] : [`${count(document.skipped, 'record')} could not be written.`];
  const kinds = Object.entries(document.redacted ?? {}).map(([kind, times]) => `${String(times)} ${kind}`);
  return [...files, ...skipped, ...(kinds.length === 0 ? [] : [`Taken out: ${kinds.join(', ')}.`])].join('\n');
}
