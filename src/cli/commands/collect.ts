import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import type { Command } from 'commander';
import type { CollectDocument } from '../../shared/documents.js';
import type { CliContext } from '../context.js';
import { integer, several } from '../options.js';

interface Flags {
  host: string;
  port: number;
  tokenEnv?: string;
  cors?: string[];
}

export function register(program: Command, context: CliContext): void {
  program
    .command('collect')
    .description('take in feedback over HTTP until it is stopped; its first line of output says where')
    .option('--host <address>', 'address to listen on; any but this machine itself needs a token', '127.0.0.1')
    .option('--port <number>', 'port to listen on; 0 is any free one', integer(0, 65_535), 0)
    .option('--token-env <name>', 'environment variable with the token that senders have to give')
    .option('--cors <origin>', 'a web page of this origin may send; may be given several times', several)
    .action(async (flags: Flags) => {
      const [{ serveCollector }, { checkOptions }, { EngineError }] = await Promise.all([
        import('../../platform/collector/server.js'),
        import('../../platform/collector/options.js'),
        import('../../engine/errors.js'),
      ]);
      const { tokenEnv, host, port, cors = [] } = flags;
      const token = tokenEnv === undefined ? null : (process.env[tokenEnv] ?? '').trim();
      if (token === '') {
        throw new EngineError('BAD_USAGE', `The environment variable ${tokenEnv ?? ''} holds no token. Set it, or leave out --token-env.`);
      }
      keepHeapSmall();
      const options = { host, port, token, cors };
      checkOptions(options);
      const collector = await (await context.engine()).openCollector();
      const server = await serveCollector(collector, options, context.logger);
      const document: CollectDocument = {
        schema: 'promptratchet.collect/1',
        address: server.address,
        host: server.host,
        port: server.port,
        pid: process.pid,
        token: token !== null,
        cors,
      };
      // One line, for people too: whoever starts the collector from a script reads where it listens.
      context.out(JSON.stringify(document));
      for (const note of collector.notes) context.note(note);
      context.note(`Send feedback to ${server.address}/v1/feedback. Ctrl-C stops the collector and loses nothing.`);
      await stopped(context.signal);
      await server.close();
    });
}

const youngBytes = 8 * 1024 * 1024;

/** What arrives is let go within milliseconds: a heap that goes on growing with the load would only hold more of what is gone. */
function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=100');
  const timer = setInterval(() => {
    const young = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')?.space_size ?? 0;
    if (young < youngBytes) return;
    setFlagsFromString('--semi-space-growth-factor=1');
    clearInterval(timer);
  }, 200);
  timer.unref();
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
  });
}
