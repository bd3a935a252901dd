/** What every command is given: the chosen workspace, its engine (made only when asked for), and the ways to speak. */
import { existsSync, statSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { styleText } from 'node:util';
import type { Engine } from '../engine/api.js';
import { EngineError } from '../engine/errors.js';
import type { Logger } from '../engine/ports.js';
import { exitCodes, type ExitCode } from './exitCodes.js';
import { redactKeys } from './redact.js';
import { toJson } from './writers/json.js';

export interface GlobalOptions {
  workspace?: string;
  json?: boolean;
  quiet?: boolean;
  /** Commander's form of `--no-color`: true unless it was given. */
  color?: boolean;
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

export interface CliContext {
  /** Absolute path with `/`: `--workspace`, else the nearest parent with `.ratchet/`, else the current folder. */
  readonly root: string;
  /** Folder of the bundle: the sample, the server and the workers lie beside it. */
  readonly distDir: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
  /** Aborted by Ctrl-C and SIGTERM. Pass it on to whatever takes time; throw CANCELLED or return, both end in 130. */
  readonly signal: AbortSignal;
  /** Warnings and errors to stderr; details with RATCHET_DEBUG. */
  readonly logger: Logger;
  /** Made on the first call, disposed when the command is done; `threshold` counts on the first call only. */
  engine(options?: EngineChoices): Promise<Engine>;
  /** One text with a line end to stdout. For results: nothing else may go there. */
  out(text: string): void;
  /** A text in pieces to stdout, no faster than it is taken. The last piece ends in a line end. */
  outAll(chunks: AsyncIterable<string>): Promise<void>;
  /** One text with a line end to stderr, with `--quiet` too. */
  err(text: string): void;
  /** Warnings and next steps: stderr, silent with `--quiet`. */
  note(text: string): void;
  /** The one JSON document with `--json`, else the text for people. */
  emit(document: object, human: () => string): void;
  /** Replaces the progress line on stderr; only on a terminal, else `false`. An empty text clears it. */
  progress(text: string): boolean;
  style(style: Style, text: string): string;
  /** Asks for yes or no. `null` where there is no terminal to ask at: say which option answers instead. */
  confirm(question: string): Promise<boolean | null>;
  /** Sets what the process ends with once the command is done. The highest code that was set counts. */
  exit(code: ExitCode): void;
}

interface Output {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
  /** Of streams: what `write` answered with `false` is out. */
  once?(event: 'drain', listener: () => void): unknown;
}

export interface EngineChoices {
  threshold?: number;
  /** False: code of suites is not run. */
  code?: boolean;
}

export interface CliSurroundings {
  stdout: Output;
  stderr: Output;
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  env: Record<string, string | undefined>;
  cwd: string;
  distDir: string;
  signal: AbortSignal;
}

export class Context implements CliContext {
  private globals: GlobalOptions = {};
  private rootPath: string | null = null;
  private made: Promise<Engine> | null = null;
  private progressShown = false;
  private code: ExitCode = exitCodes.ok;

  constructor(private readonly around: CliSurroundings) {}

  /** Called once the command line is parsed, before the command's action. */
  configure(globals: GlobalOptions): void {
    this.globals = globals;
    this.rootPath = null;
  }

  get root(): string {
    this.rootPath ??= findRoot(this.globals.workspace, this.around.cwd);
    return this.rootPath;
  }

  get distDir(): string {
    return this.around.distDir;
  }

  get json(): boolean {
    return this.globals.json === true;
  }

  get quiet(): boolean {
    return this.globals.quiet === true;
  }

  get color(): boolean {
    const refused = (this.around.env['NO_COLOR'] ?? '') !== '' || this.globals.color === false;
    return !refused && !this.json && this.around.stdout.isTTY === true;
  }

  get signal(): AbortSignal {
    return this.around.signal;
  }

  get exitCode(): ExitCode {
    return this.code;
  }

  engine(options: EngineChoices = {}): Promise<Engine> {
    this.made ??= this.create(options);
    return this.made;
  }

  out(text: string): void {
    this.progress('');
    this.around.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  }

  async outAll(chunks: AsyncIterable<string>): Promise<void> {
    this.progress('');
    const { stdout } = this.around;
    for await (const chunk of chunks) {
      if (stdout.write(chunk) === false) await new Promise<void>((resolve) => stdout.once?.('drain', resolve) ?? resolve());
    }
  }

  err(text: string): void {
    this.progress('');
    const safe = redactKeys(text, this.around.env);
    this.around.stderr.write(safe.endsWith('\n') ? safe : `${safe}\n`);
  }

  note(text: string): void {
    if (!this.quiet) this.err(text);
  }

  emit(document: object, human: () => string): void {
    this.out(this.json ? toJson(document) : human());
  }

  progress(text: string): boolean {
    const { stderr } = this.around;
    if (stderr.isTTY !== true || this.quiet) return false;
    if (this.progressShown) stderr.write('\r\u001b[2K');
    // A line wider than the terminal wraps, and a wrapped line cannot be replaced.
    if (text !== '') stderr.write(text.slice(0, (stderr.columns ?? 80) - 1));
    this.progressShown = text !== '';
    return true;
  }

  style(style: Style, text: string): string {
    return this.color ? styleText(style, text, { validateStream: false }) : text;
  }

  async confirm(question: string): Promise<boolean | null> {
    if (this.around.stdin.isTTY !== true || this.around.stderr.isTTY !== true) return null;
    const { createInterface } = await import('node:readline/promises');
    const lines = createInterface({ input: this.around.stdin, output: process.stderr });
    try {
      const answer = await lines.question(`${question} [y/N] `, { signal: this.signal });
      return /^y(es)?$/i.test(answer.trim());
    } finally {
      lines.close();
    }
  }

  exit(code: ExitCode): void {
    if (code > this.code) this.code = code;
  }

  async dispose(): Promise<void> {
    this.progress('');
    // A creation that failed was already reported to the command that asked for it.
    const engine = await this.made?.catch(() => null);
    await engine?.dispose();
  }

  private async create(options: EngineChoices): Promise<Engine> {
    const { root, distDir } = this;
    const { env } = this.around;
    refuseOldNode(process.versions.node);
    // Loaded here so that `--help` and `--version` never pay for models and stores.
    const [{ createEngine }, { createNodePorts }] = await Promise.all([import('../engine/index.js'), import('../platform/index.js')]);
    // Whoever starts the command in a folder has decided to trust it; no origin needs a second confirmation.
    const ports = createNodePorts({
      root,
      env,
      distDir,
      logger: this.logger,
      trusted: () => true,
      runsCode: options.code !== false,
      confirmedOrigins: () => null,
    });
    return createEngine(ports, {
      root,
      trusted: true,
      ...(options.threshold === undefined ? {} : { threshold: options.threshold }),
    });
  }

  get logger(): Logger {
    const debug = (this.around.env['RATCHET_DEBUG'] ?? '') !== '';
    const detail = (text: string): void => {
      if (debug) this.err(text);
    };
    return {
      debug: detail,
      info: detail,
      warn: (text) => {
        this.note(text);
      },
      error: (text, error) => {
        this.err(text);
        if (error instanceof Error) detail(error.stack ?? error.message);
      },
    };
  }
}

/** The feedback index needs `node:sqlite`, which older ones lack or hide behind a flag. */
export function refuseOldNode(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 13)) return;
  throw new EngineError(
    'BAD_USAGE',
    `ratchet needs Node 22.13 or later, and this is ${version}. Install a newer one, or run it with npx --package node@24 ratchet.`,
  );
}

function findRoot(asked: string | undefined, cwd: string): string {
  if (asked !== undefined) {
    const folder = resolve(cwd, asked);
    if (!existsSync(folder) || !statSync(folder).isDirectory()) {
      throw new EngineError('BAD_USAGE', `There is no folder ${asked}. Name an existing one with --workspace.`);
    }
    return slashes(folder);
  }
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    if (existsSync(resolve(folder, '.ratchet'))) return slashes(folder);
    if (dirname(folder) === folder) return slashes(resolve(cwd));
  }
}

/** On other systems a backslash is part of a name. */
function slashes(path: string): string {
  return sep === '\\' ? path.replaceAll('\\', '/') : path;
}
