import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { EngineError } from '../../engine/errors.js';
import type { CliContext } from '../context.js';
import { exitCodes } from '../exitCodes.js';

export function register(program: Command, context: CliContext): void {
  program
    .command('lsp')
    .description('language server for other editors')
    .requiredOption('--stdio', 'speak over stdin and stdout')
    .action(async () => {
      const server = join(context.distDir, 'server.js');
      if (!existsSync(server)) {
        throw new EngineError('IO_FAILED', `The language server is not beside the command line: ${server} is missing. Install it again.`);
      }
      // A process of its own: there stdout is the wire, and nothing of the command line may write to it.
      const child = spawn(process.execPath, [server, '--stdio'], { cwd: context.root, stdio: 'inherit' });
      const stop = (): void => {
        child.kill();
      };
      context.signal.addEventListener('abort', stop, { once: true });
      const code = await new Promise<number | null>((resolve, reject) => {
        child.on('error', reject);
        child.on('close', resolve);
      });
      if (code !== 0) context.exit(exitCodes.fault);
    });
}
