import type { Command } from 'commander';
import type { CliContext } from '../context.js';
import { exitCodes } from '../exitCodes.js';
import { integer } from '../options.js';
import { suggestionText } from '../writers/suggestion.js';
import { progressHooks } from './suggest.js';

export function register(program: Command, context: CliContext): void {
  program
    .command('check')
    .description('ask the held-out cases whether your own edit is better than the last version')
    .argument('<prompt>', 'id or file of the prompt')
    .option('--suite <file>', 'evaluation suite to compare on (default: the only one of the prompt)')
    .option('--seed <n>', 'seed of the statistics (default: 1)', integer(0))
    .action(async (prompt: string, options: { suite?: string; seed?: number }) => {
      const engine = await context.engine();
      const document = await engine.optimizer.check({ prompt, ...options }, progressHooks(context), context.signal);
      context.emit(document, () => suggestionText(document, (style, text) => context.style(style, text)));
      if (document.verdict === 'certified') context.note(`Keep it as a version with: ratchet accept ${document.id}`);
      else context.exit(exitCodes.fails);
    });
}
