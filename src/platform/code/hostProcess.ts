/** One process that runs code of suites, in a process group of its own: it is killed with whatever it has started. */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { maxAnswer, type HostAnswer, type HostRequest } from './hostProtocol.js';

export interface HostCommand {
  program: string;
  args: readonly string[];
  cwd: string;
  env: Record<string, string>;
}

export interface HostEvents {
  answer(answer: HostAnswer): void;
  /** Once, unless it was killed from here. */
  died(why: string): void;
}

/** An answer's JSON stands in a line as a JSON text, which escapes it: at worst every character takes six. */
const maxLine = maxAnswer * 6 + 4096;
const stderrKept = 2000;

/** Killed when this process ends, however it ends. */
const alive = new Set<HostProcess>();
let watching = false;

function killAll(): void {
  for (const host of alive) host.kill();
}

export class HostProcess {
  private readonly child: ChildProcess;
  private readonly jobs: Writable;
  private readonly answers: Readable;
  private pieces: string[] = [];
  private held = 0;
  private stderr = '';
  private over = false;

  constructor(
    command: HostCommand,
    private readonly events: HostEvents,
  ) {
    this.child = spawn(command.program, command.args, {
      cwd: command.cwd,
      env: command.env,
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    const [, , , answers, jobs] = this.child.stdio;
    this.answers = answers as Readable;
    this.jobs = jobs as Writable;
    // Its end is told by `exit`; writing to a process that has ended is no fault of its own.
    this.jobs.on('error', () => undefined);
    this.answers.on('error', () => undefined);
    this.answers.setEncoding('utf8');
    this.answers.on('data', (piece: string) => {
      this.read(piece);
    });
    this.child.stderr?.setEncoding('utf8');
    this.child.stderr?.on('data', (piece: string) => {
      this.stderr = (this.stderr + piece).slice(-stderrKept);
    });
    this.child.on('error', (error) => {
      this.end(`${command.program} cannot be started (${error.message})`);
    });
    this.child.on('exit', (code, signal) => {
      const last = this.stderr.trim().split('\n').at(-1) ?? '';
      const how = signal === null ? `with code ${String(code)}` : `by ${signal}`;
      // What it had said before its end is read first.
      setImmediate(() => {
        this.end(`its process ended ${how}${last === '' ? '' : ` (${last.slice(0, 200)})`}`);
      });
    });
    alive.add(this);
    if (!watching) process.on('exit', killAll);
    watching = true;
    this.idle(true);
  }

  send(request: HostRequest): void {
    if (!this.over) this.jobs.write(`${JSON.stringify(request)}\n`);
  }

  /** A process with nothing to do must not keep this one alive. */
  idle(idle: boolean): void {
    for (const part of [this.child, this.answers, this.jobs, this.child.stderr]) {
      const counted = part as { ref?: () => void; unref?: () => void } | null;
      if (idle) counted?.unref?.();
      else counted?.ref?.();
    }
  }

  /** The process and all that it has started. */
  kill(): void {
    if (!this.over) {
      this.over = true;
      alive.delete(this);
    }
    const { pid } = this.child;
    if (pid !== undefined) {
      if (process.platform === 'win32')
        spawn('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore' }).on('error', () => undefined);
      else killGroup(pid);
    }
    this.answers.destroy();
    this.jobs.destroy();
    this.child.stderr?.destroy();
    this.child.unref();
  }

  private end(why: string): void {
    if (this.over) return;
    // What it has started may still run.
    this.kill();
    this.events.died(why);
  }

  private read(piece: string): void {
    let start = 0;
    for (let at = piece.indexOf('\n'); at !== -1; at = piece.indexOf('\n', start)) {
      const line = this.pieces.join('') + piece.slice(start, at);
      this.pieces = [];
      this.held = 0;
      start = at + 1;
      if (this.over) return;
      const answer = parsed(line);
      if (answer === null) this.end('it wrote to the descriptor of its answers');
      else this.events.answer(answer);
    }
    const rest = piece.slice(start);
    this.held += rest.length;
    if (rest !== '') this.pieces.push(rest);
    if (this.held > maxLine) this.end('its answer was too large');
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left in the group.
  }
}

/** Descriptor 3 is open to the code as well, so what comes is looked at. */
function parsed(line: string): HostAnswer | null {
  try {
    const value = JSON.parse(line) as unknown;
    return typeof value === 'object' && value !== null ? (value as HostAnswer) : null;
  } catch {
    return null;
  }
}
