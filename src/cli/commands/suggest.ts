import { InvalidArgumentError, type Command } from 'commander';
import { EngineError } from '../../engine/errors.js';
import type { CliContext } from '../context.js';
import { exitCodes } from '../exitCodes.js';
import { integer } from '../options.js';
import { suggestionText } from '../writers/suggestion.js';

interface Options {
  suite?: string;
  budget?: 'quick' | 'normal' | 'thorough' | number;
  seed?: number;
  resume?: string;
  dryRun?: boolean;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('suggest')
    .description('search an edit of a prompt that held-out cases prove to be better')
    .argument('<prompt>', 'id or file of the prompt')
    .option('--suite <file>', 'evaluation suite to compare on (default: the only one of the prompt)')
    .option('--budget <calls>', 'quick (200), normal (800), thorough (2500) or a number of calls', budget)
    .option('--seed <n>', 'seed of the search (default: 1)', integer(0))
    .option('--resume <id>', 'go on with an interrupted run')
    .option('--dry-run', 'print the plan and the smallest detectable effect; no model is asked')
    .action(async (prompt: string, options: Options) => {
      const engine = await context.engine();
      const document = await engine.optimizer
        .suggest({ prompt, ...options }, progressHooks(context), context.signal)
        .catch((error: unknown) => {
          // Ctrl-C ends in silence otherwise, and the way to go on would be lost.
          if (EngineError.is(error, 'CANCELLED')) context.err(error.message);
          throw error;
        });
      const planned = options.dryRun === true && document.verdict !== 'too-few-cases';
      context.emit(document, () => suggestionText(document, (style, text) => context.style(style, text), planned ? 'Plan' : undefined));
      if (document.verdict === 'certified') context.note(`Take it with: ratchet accept ${document.id}`);
      if (document.verdict !== 'certified' && !planned) context.exit(exitCodes.fails);
    });
}

/** One progress line for everything that asks a model. */
export function progressHooks(context: CliContext): {
  onProgress: (progress: { stage: string; message: string; calls: number; budget: number }) => void;
} {
  return {
    onProgress: ({ stage, message, calls, budget: all }) => {
      context.progress(`${stage}: ${message} [${String(calls)}/${String(all)} calls]`);
    },
  };
}

function budget(text: string): 'quick' | 'normal' | 'thorough' | number {
  if (text === 'quick' || text === 'normal' || text === 'thorough') return text;
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be quick, normal, thorough or a whole number of calls.');
  return integer(40)(text);
}
