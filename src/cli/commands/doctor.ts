import type { Command } from 'commander';
import type { DoctorCheck, DoctorDocument } from '../../shared/documents.js';
import type { CliContext } from '../context.js';
import { exitCodes } from '../exitCodes.js';
import { plain, table } from '../writers/human.js';

export function register(program: Command, context: CliContext): void {
  program
    .command('doctor')
    .description('look at everything that the loop needs, and say what to do where it is missing')
    .action(async () => {
      const engine = await context.engine();
      const found = await engine.doctor(context.signal);
      const document: DoctorDocument = { ...found, checks: [nodeCheck(), ...found.checks] };
      context.emit(document, () => human(document, context));
      if (document.checks.some(({ ok }) => !ok)) context.exit(exitCodes.fails);
    });
}

function nodeCheck(): DoctorCheck {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  // The first release that has node:sqlite without a flag.
  const ok = major > 22 || (major === 22 && minor >= 13);
  return { name: 'node', ok, detail: `Node ${process.versions.node}`, todo: ok ? null : 'Use Node 22.13 or later.' };
}

function human(document: DoctorDocument, context: CliContext): string {
  const rows = document.checks.map(({ name, ok, detail }) => [
    ok ? context.style('green', 'ok') : context.style('red', '!!'),
    plain(name),
    plain(detail),
  ]);
  const next = document.checks.flatMap(({ name, todo }) => (todo === null ? [] : [`${plain(name)}: ${plain(todo, 400)}`]));
  return next.length === 0 ? table(rows) : `${table(rows)}\n\nWhat to do:\n${next.map((line) => `  ${line}`).join('\n')}`;
}
