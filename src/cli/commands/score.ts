import type { Command } from 'commander';
import type { CliContext } from '../context.js';
import { fraction, isoTime } from '../options.js';
import { scoreText } from '../writers/score.js';
import { pullQuietly } from './pull.js';

interface ScoreFlags {
  since?: string;
  until?: string;
  segment?: string;
  threshold?: number;
  asOf?: string;
  relabel?: boolean;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('score')
    .description('score prompts from their feedback, by version, with uncertainty (takes in new feedback first)')
    .argument('[prompt...]', 'ids or files of prompts (default: all)')
    .option('--since <time>', 'only what was said at this time or later', isoTime)
    .option('--until <time>', 'only what was said before this time', isoTime)
    .option('--segment <key>', 'scores by a value too: an attribute of the records or an input variable')
    .option('--threshold <number>', 'quality below which a prompt is low (default: of .ratchet/config.yaml, else 0.7)', fraction)
    .option('--relabel', 'let the configured model name the themes of complaints (sends it a few comments of each)')
    .option('--as-of <time>', 'score as if it were this time (default: now)', isoTime)
    .action(async (prompts: string[], flags: ScoreFlags) => {
      await pullQuietly(context, { scores: true });
      const engine = await context.engine();
      const document = await engine.scoring.score({ ...flags, prompts }, context.signal);
      context.emit(document, () => scoreText(document, (style, text) => context.style(style, text), flags.segment));
    });
}
