import type { Command } from 'commander';
import { EngineError } from '../../engine/errors.js';
import type { VersionsDocument } from '../../shared/versionDocument.js';
import type { CliContext } from '../context.js';
import { plain, table } from '../writers/human.js';

export function register(program: Command, context: CliContext): void {
  program
    .command('versions')
    .description('list the versions of a prompt, or of all prompts')
    .argument('[prompt]', 'id or file of the prompt')
    .option('--keep', 'first keep the file as it is as a version, where it is none yet (not committed)')
    .action(async (prompt: string | undefined, options: { keep?: boolean }) => {
      const engine = await context.engine();
      if (options.keep === true) {
        if (prompt === undefined) throw new EngineError('BAD_USAGE', 'Name the prompt to keep: ratchet versions <prompt> --keep.');
        const { version } = await engine.versions.snapshot(prompt);
        context.note(`The file is kept as ${version}.`);
      }
      const document = await engine.versions.list(prompt);
      context.emit(document, () => human(document, context));
    });
}

function human(document: VersionsDocument, context: CliContext): string {
  if (document.prompts.length === 0) return 'No prompts here. Add one (a .prompty file, say), or try ratchet init --sample.';
  return document.prompts.map((prompt) => promptText(prompt, context)).join('\n\n');
}

function promptText(prompt: VersionsDocument['prompts'][number], context: CliContext): string {
  const title = `${context.style('bold', plain(prompt.prompt))}  ${context.style('dim', plain(prompt.file))}`;
  if (prompt.versions.length === 0) return `${title}\n  no versions yet: accepting the first suggestion, or --keep, keeps the file as v1`;
  const rows = prompt.versions
    .toReversed()
    .map((each) => [
      each.version === prompt.working ? '*' : ' ',
      each.version,
      each.time.slice(0, 16).replace('T', ' '),
      each.why,
      each.commit?.slice(0, 8) ?? '-',
      plain(each.author ?? '-', 30),
      each.pointers.join(', '),
    ]);
  const state = prompt.working === null ? '\n  the file differs from every version' : '';
  return `${title}\n${table(rows)}${state}`;
}
