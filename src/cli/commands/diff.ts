import type { Command } from 'commander';
import type { CliContext } from '../context.js';

export function register(program: Command, context: CliContext): void {
  program
    .command('diff')
    .description('unified diff of two versions of a prompt')
    .argument('<prompt>', 'id or file of the prompt')
    .argument('<from>', 'version: v1, latest, or working for the file as it is')
    .argument('<to>', 'version, as <from>')
    .action(async (prompt: string, from: string, to: string) => {
      const engine = await context.engine();
      const diff = await engine.versions.diff(prompt, from, to);
      if (context.json) context.emit({ schema: 'promptratchet.diff/1', prompt, from, to, diff }, () => diff);
      else if (diff === '') context.note(`${from} and ${to} have the same text.`);
      else context.out(coloured(diff, context));
    });
}

function coloured(diff: string, context: CliContext): string {
  return diff
    .split('\n')
    .map((line) => {
      if (line.startsWith('+++') || line.startsWith('---')) return context.style('bold', line);
      if (line.startsWith('@@')) return context.style('cyan', line);
      if (line.startsWith('+')) return context.style('green', line);
      return line.startsWith('-') ? context.style('red', line) : line;
    })
    .join('\n');
}
