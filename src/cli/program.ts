/** The command line as one definition: commands, global options, and how bad usage is told. */
import { Command, CommanderError } from 'commander';
import { EngineError } from '../engine/errors.js';
import type { CliContext, Context, GlobalOptions } from './context.js';

interface CommandModule {
  register(program: Command, context: CliContext): void;
}

/**
 * By command name, in the order of the help. A file is loaded when its command is asked for; all of them for the help.
 * They must not import the engine's or the platform's code at the top: `context.engine()` loads it.
 */
const commands: Record<string, () => Promise<CommandModule>> = {
  init: () => import('./commands/init.js'),
  doctor: () => import('./commands/doctor.js'),
  pull: () => import('./commands/pull.js'),
  collect: () => import('./commands/collect.js'),
  score: () => import('./commands/score.js'),
  feedback: () => import('./commands/feedback.js'),
  purge: () => import('./commands/purge.js'),
  eval: () => import('./commands/eval.js'),
  suggest: () => import('./commands/suggest.js'),
  accept: () => import('./commands/accept.js'),
  check: () => import('./commands/check.js'),
  versions: () => import('./commands/versions.js'),
  diff: () => import('./commands/diff.js'),
  rollback: () => import('./commands/rollback.js'),
  export: () => import('./commands/export.js'),
  audit: () => import('./commands/audit.js'),
  lsp: () => import('./commands/lsp.js'),
};

export interface ProgramOptions {
  version: string;
  /** Arguments without `node` and the script. */
  args: readonly string[];
  writeOut: (text: string) => void;
  writeErr: (text: string) => void;
}

export async function createProgram(context: Context, options: ProgramOptions): Promise<Command> {
  const program = new Command('ratchet')
    .description('Turns production feedback into better prompts, with evidence.')
    .version(options.version, '--version', 'print the version')
    .helpOption('--help', 'print what a command takes')
    .option('--workspace <dir>', 'folder to work in (default: nearest parent with .ratchet/, else the current one)')
    .option('--json', 'print one JSON document on stdout')
    .option('--quiet', 'print results and errors only')
    .option('--no-color', 'no colours (NO_COLOR does the same)')
    .exitOverride()
    .configureOutput({
      writeOut: options.writeOut,
      writeErr: options.writeErr,
      outputError: (text, write) => {
        write(`${sentence(text)}\n`);
      },
    })
    .addHelpText('after', '\nExit codes: 0 done and holds, 1 what was checked does not hold, 2 bad usage or a fault of the surroundings.')
    .hook('preAction', (_program, action) => {
      context.configure(action.optsWithGlobals<GlobalOptions>());
    });
  const named = commandName(options.args);
  const load = named === null ? undefined : commands[named];
  const modules = await Promise.all(load === undefined ? Object.values(commands).map((each) => each()) : [load()]);
  for (const module of modules) module.register(program, context);
  return program;
}

/** The first argument that is neither an option nor the value of one, where it is a command. */
export function commandName(args: readonly string[]): string | null {
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (arg === '--workspace') index++;
    else if (arg === '--help') return null;
    else if (!arg.startsWith('-')) return Object.hasOwn(commands, arg) ? arg : null;
  }
  return null;
}

/** Commander's complaint as one sentence of ours, with the next step. */
function sentence(text: string): string {
  const plain = text
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .trim();
  const stopped = /[.?!)]$/.test(plain) ? plain : `${plain}.`;
  return `${stopped.charAt(0).toUpperCase()}${stopped.slice(1)} Run ratchet --help for what there is.`;
}

/** `true` where commander has already said what is wrong, or has printed what was asked for. */
export function wasUsage(error: unknown): error is CommanderError {
  return error instanceof CommanderError;
}

/** `false` for `--help` and `--version`, which are no errors. */
export function isBadUsage(error: CommanderError): boolean {
  return !['commander.helpDisplayed', 'commander.version'].includes(error.code) || error.exitCode !== 0;
}

export function isCancelled(error: unknown): boolean {
  return EngineError.is(error, 'CANCELLED') || (error instanceof Error && error.name === 'AbortError');
}
