import type { Command } from 'commander';
import type { CliContext } from '../context.js';
import { exitCodes } from '../exitCodes.js';
import { suggestionText } from '../writers/suggestion.js';

export function register(program: Command, context: CliContext): void {
  program
    .command('accept')
    .description('write a certified suggestion into the prompt file, as a new version, and commit it')
    .argument('<suggestion>', 'id of the suggestion, such as s-0123456789')
    .option('--no-commit', 'write the version, but commit nothing')
    .option('--yes', 'do not ask')
    .action(async (id: string, options: { commit: boolean; yes?: boolean }) => {
      const engine = await context.engine();
      const { document } = await engine.optimizer.get(id);
      if (options.yes !== true && document.verdict === 'certified') {
        context.err(suggestionText({ ...document, tried: [] }, (style, text) => context.style(style, text)));
        const answer = await context.confirm(`Write this into ${document.file}${options.commit ? ' and commit it' : ''}?`);
        if (answer === null) {
          context.err('There is no terminal to ask at. Add --yes to accept without being asked.');
          context.exit(exitCodes.fault);
          return;
        }
        if (!answer) {
          context.err('Nothing was written.');
          context.exit(exitCodes.fails);
          return;
        }
      }
      const version = await engine.optimizer.accept(id, { commit: options.commit });
      context.emit(
        version,
        () =>
          `${version.prompt} is now ${version.version}.${version.commit === null ? '' : ` Committed as ${version.commit.slice(0, 8)}.`}`,
      );
      if (version.note !== null) context.note(version.note);
      if (version.commitFailed === true) context.exit(exitCodes.fault);
    });
}
