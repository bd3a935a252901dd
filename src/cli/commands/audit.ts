import type { Command } from 'commander';
import type { AuditRecord } from '../../shared/auditDocument.js';
import type { CliContext } from '../context.js';
import { exitCodes } from '../exitCodes.js';
import { plain, table } from '../writers/human.js';

export function register(program: Command, context: CliContext): void {
  const audit = program.command('audit').description('the hash-chained log of everything that changed');
  audit
    .command('verify')
    .description('check every record, their order, and the anchor; exits 1 where something was changed or removed')
    .action(async () => {
      const { audit: service } = await context.engine();
      const document = await service.verify();
      const holds = document.status === 'ok' || document.status === 'empty';
      context.emit(document, () => `${context.style(holds ? 'green' : 'red', document.status)}  ${document.message}`);
      if (!holds) context.exit(exitCodes.fails);
      if (!holds && context.json) context.note(document.message);
    });
  audit
    .command('show')
    .description('print the records, oldest first')
    .action(async () => {
      const { audit: service } = await context.engine();
      const document = { ...(await service.verify()), entries: await service.entries() };
      context.emit(document, () => (document.entries.length === 0 ? document.message : table(document.entries.map(row))));
      if (document.status !== 'ok' && document.status !== 'empty') context.note(document.message);
    });
}

function row(record: AuditRecord): string[] {
  const subject = Object.entries(record.subject).flatMap(([name, value]) => (value === null ? [] : [`${name} ${value}`]));
  return [
    String(record.seq),
    record.ts.slice(0, 19).replace('T', ' '),
    plain(record.type, 40),
    plain(record.actor.id, 30),
    plain(subject.join(', ')),
  ];
}
