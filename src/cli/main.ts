/** Entry of `dist/cli.js`: signals, the one error boundary, and the exit code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../engine/errors.js';
import { Context } from './context.js';
import { exitCodes, type ExitCode } from './exitCodes.js';
import { commandName, createProgram, isBadUsage, isCancelled, wasUsage } from './program.js';

/** How long a command may take to put down what it holds after Ctrl-C. */
const graceMs = 900;

async function main(args: readonly string[]): Promise<ExitCode> {
  const stop = new AbortController();
  const stopped: { code: ExitCode | null } = { code: null };
  const onSignal = (code: ExitCode) => (): void => {
    if (stopped.code !== null) process.exit(code);
    stopped.code = code;
    stop.abort(new EngineError('CANCELLED', 'Stopped.'));
    setTimeout(() => process.exit(code), graceMs).unref();
  };
  process.on('SIGINT', onSignal(exitCodes.interrupted));
  process.on('SIGTERM', onSignal(exitCodes.terminated));

  const context = new Context({
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    cwd: process.cwd(),
    distDir: __dirname,
    signal: stop.signal,
  });
  // The reader went away (`ratchet feedback | head`): nobody is left to tell, and it is no fault.
  const onPipe = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'EPIPE') process.exit(context.exitCode);
    throw error;
  };
  process.stdout.on('error', onPipe);
  process.stderr.on('error', onPipe);

  // Node would end in 1, which says that something was checked and does not hold.
  process.on('uncaughtException', (error) => {
    report(context, commandName(args) ?? 'ratchet', error);
    process.exit(exitCodes.fault);
  });

  try {
    const program = await createProgram(context, {
      version: readVersion(),
      args,
      writeOut: (text) => process.stdout.write(text),
      writeErr: (text) => process.stderr.write(text),
    });
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (wasUsage(error)) {
      if (isBadUsage(error)) context.exit(exitCodes.fault);
    } else if (!isCancelled(error)) {
      report(context, commandName(args) ?? 'ratchet', error);
      context.exit(exitCodes.fault);
    } else if (stopped.code === null) {
      context.err('Stopped.');
      context.exit(exitCodes.interrupted);
    }
  }
  await context.dispose();
  return stopped.code ?? context.exitCode;
}

function report(context: Context, command: string, error: unknown): void {
  if (EngineError.is(error)) {
    context.err(error.message);
  } else {
    const detail = error instanceof Error ? error.message : String(error);
    context.err(`${command} failed: ${detail}`);
    if (!debugging()) context.err('This is a defect of ours. Run it again with RATCHET_DEBUG=1 to see where it comes from.');
  }
  if (debugging() && error instanceof Error) context.err(error.stack ?? error.message);
}

function debugging(): boolean {
  return (process.env['RATCHET_DEBUG'] ?? '') !== '';
}

function readVersion(): string {
  const manifest = JSON.parse(readFileSync(join(__dirname, '..', 'package.json'), 'utf8')) as { version: string };
  return manifest.version;
}

void main(process.argv.slice(2)).then(
  (code) => {
    // Pipes are written in the background on some systems; leaving before would cut the document.
    process.stdout.write('', () => process.exit(code));
  },
  (error: unknown) => {
    process.stderr.write(`ratchet failed: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(exitCodes.fault);
  },
);
