import type { Command } from 'commander';
import type { CliContext } from '../context.js';
import { exitCodes } from '../exitCodes.js';

export function register(program: Command, context: CliContext): void {
  program
    .command('rollback')
    .description('write a new version equal to an old one, and commit it')
    .argument('<prompt>', 'id or file of the prompt')
    .requiredOption('--to <version>', 'version to go back to, such as v2')
    .option('--no-commit', 'write the version, but commit nothing')
    .action(async (prompt: string, options: { to: string; commit: boolean }) => {
      const engine = await context.engine();
      const document = await engine.versions.rollback(prompt, options.to, { commit: options.commit });
      context.emit(document, () => {
        const committed = document.commit === null ? '' : ` Committed as ${document.commit.slice(0, 8)}.`;
        return `${document.prompt} is now ${document.version}, equal to ${options.to}.${committed}`;
      });
      if (document.note !== null) context.note(document.note);
      if (document.commitFailed === true) context.exit(exitCodes.fault);
    });
}
