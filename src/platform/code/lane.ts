/** Processes of one kind that share a queue: those for JavaScript of one suite, or the Python of a run. */
import { EngineError } from '../../engine/errors.js';
import { HostProcess, type HostCommand } from './hostProcess.js';
import type { HostAnswer, HostJob } from './hostProtocol.js';

export interface LaneOptions {
  command: HostCommand;
  /** Most processes. */
  processes: number;
  /** Most jobs of one process that wait for something; beside them one may compute. */
  waiting: number;
  /** Jobs may be begun again where another one took their process down. Not those that cost money. */
  again: boolean;
  /** Limit for loading a file or starting the language; at least that of the call. */
  loadMs: number;
  /** What the code is called in messages: `The code`, `Python`. */
  subject: string;
}

interface Job {
  job: Omit<HostJob, 'id'>;
  id: number;
  timeoutMs: number;
  resolve(json: string | undefined): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout | null;
  state: 'sent' | 'load' | 'enter' | 'leave';
  /** Runs with nobody else in its process: one that ended did so under several. */
  alone: boolean;
  begun: number;
}

interface Slot {
  host: HostProcess;
  jobs: Map<number, Job>;
  /** Takes no more jobs. */
  retired: boolean;
  /** Waits to hear from a process whose job is over time. */
  ping: { job: Job; timer: NodeJS.Timeout } | null;
  reaper: NodeJS.Timeout | null;
}

/** How long an idle process is kept. */
const idleMs = 5000;
/** A process that computes nothing answers at once. */
const pingMs = 250;
/** A process must begin a job within this time: else something that it did before keeps it busy. */
const beginMs = 20_000;
const maxBegun = 3;

export class Lane {
  private readonly queue: Job[] = [];
  private readonly slots = new Set<Slot>();
  private nextId = 1;

  constructor(private readonly options: LaneOptions) {}

  get busy(): boolean {
    return this.slots.size > 0 || this.queue.length > 0;
  }

  async run(job: Omit<HostJob, 'id'>, timeoutMs: number, signal?: AbortSignal): Promise<string | undefined> {
    const cancelled = new EngineError('CANCELLED', 'Stopped.');
    if (signal?.aborted === true) throw cancelled;
    let onAbort = (): void => undefined;
    try {
      return await new Promise<string | undefined>((resolve, reject) => {
        const id = this.nextId++;
        const entry: Job = { job, id, timeoutMs, resolve, reject, timer: null, state: 'sent', alone: false, begun: 0 };
        onAbort = (): void => {
          this.drop(entry, cancelled);
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        this.queue.push(entry);
        this.next();
      });
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  close(error: Error): void {
    for (const job of this.queue.splice(0)) job.reject(error);
    for (const slot of [...this.slots]) {
      for (const job of [...slot.jobs.values()]) this.settle(slot, job, error);
      this.end(slot);
    }
  }

  private drop(job: Job, error: Error): void {
    const at = this.queue.indexOf(job);
    if (at !== -1) {
      this.queue.splice(at, 1);
      job.reject(error);
      return;
    }
    for (const slot of this.slots) if (slot.jobs.has(job.id)) this.abandon(slot, job, error);
  }

  /** A job is given up while it runs. One that only waits is left to itself; one that computes takes its process with it. */
  private abandon(slot: Slot, job: Job, error: Error): void {
    slot.retired = true;
    this.settle(slot, job, error);
    if (job.state !== 'leave') this.lose(slot, null, error);
  }

  private next(): void {
    while (this.queue.length > 0) {
      const [first] = this.queue;
      if (first === undefined) return;
      const slot = this.slotFor(first);
      if (slot === null) return;
      this.queue.shift();
      this.send(slot, first);
    }
  }

  private slotFor(job: Job): Slot | null {
    for (const slot of this.slots) {
      if (slot.retired || slot.ping !== null) continue;
      const jobs = [...slot.jobs.values()];
      if (jobs.length === 0) return slot;
      if (job.alone || jobs.some(({ alone, state }) => alone || state !== 'leave')) continue;
      // A new process is better than one that has much to wait for.
      if (jobs.length < this.options.waiting && (jobs.length < 4 || this.slots.size >= this.options.processes)) return slot;
    }
    return this.slots.size < this.options.processes ? this.start() : null;
  }

  private start(): Slot {
    const slot: Slot = {
      host: new HostProcess(this.options.command, {
        answer: (answer) => {
          this.heard(slot, answer);
        },
        died: (why) => {
          this.lose(slot, why, null);
        },
      }),
      jobs: new Map(),
      retired: false,
      ping: null,
      reaper: null,
    };
    this.slots.add(slot);
    return slot;
  }

  private send(slot: Slot, job: Job): void {
    if (slot.reaper !== null) clearTimeout(slot.reaper);
    slot.reaper = null;
    slot.host.idle(false);
    job.state = 'sent';
    job.begun++;
    slot.jobs.set(job.id, job);
    this.limit(slot, job, beginMs);
    slot.host.send({ ...job.job, id: job.id });
  }

  private limit(slot: Slot, job: Job, ms: number): void {
    if (job.timer !== null) clearTimeout(job.timer);
    job.timer = setTimeout(() => {
      this.late(slot, job);
    }, ms);
  }

  private heard(slot: Slot, answer: HostAnswer): void {
    if ('pong' in answer) {
      if (slot.ping?.job.id !== answer.pong) return;
      const { job, timer } = slot.ping;
      clearTimeout(timer);
      slot.ping = null;
      // What it still does there is nobody's concern, but its process takes no more.
      slot.retired = true;
      if (slot.jobs.has(job.id)) this.settle(slot, job, this.tooLong(job));
      else this.rest(slot);
      return;
    }
    const job = slot.jobs.get(answer.id);
    if (job === undefined) return;
    if ('state' in answer) {
      if (answer.state === 'stale') {
        job.begun--;
        slot.retired = true;
        this.again(slot, job, job.alone);
        this.rest(slot);
        return;
      }
      job.state = answer.state;
      if (answer.state === 'load') this.limit(slot, job, Math.max(this.options.loadMs, job.timeoutMs));
      if (answer.state === 'enter') this.limit(slot, job, job.timeoutMs);
      if (answer.state === 'leave') this.next();
      return;
    }
    if (answer.dirty === true && this.options.again) slot.retired = true;
    if (answer.ok) this.settle(slot, job, null, answer.json);
    else this.settle(slot, job, this.errorOf(answer.kind, answer.message));
  }

  private errorOf(kind: 'invalid' | 'threw' | 'ended' | 'large', message: string): Error {
    const { subject } = this.options;
    if (kind === 'invalid') return new EngineError('SUITE_INVALID', `It cannot be compiled: ${message}.`);
    if (kind === 'ended') return new EngineError('CODE_ENDED', `${subject} ended its process: ${message}.`);
    if (kind === 'large') return new EngineError('ANSWER_TOO_LARGE', `${subject} returned too much: ${message}.`);
    return new Error(message);
  }

  private settle(slot: Slot, job: Job, error: Error | null, json?: string): void {
    if (job.timer !== null) clearTimeout(job.timer);
    slot.jobs.delete(job.id);
    if (error === null) job.resolve(json);
    else job.reject(error);
    this.rest(slot);
  }

  /** After a job has left a process. */
  private rest(slot: Slot): void {
    if (slot.jobs.size === 0 && this.slots.has(slot)) {
      if (slot.retired) this.end(slot);
      else {
        slot.host.idle(true);
        slot.reaper = setTimeout(() => {
          this.end(slot);
        }, idleMs);
        slot.reaper.unref();
      }
    }
    this.next();
  }

  private again(slot: Slot, job: Job, alone: boolean): void {
    if (job.timer !== null) clearTimeout(job.timer);
    slot.jobs.delete(job.id);
    job.alone = alone;
    this.queue.unshift(job);
  }

  /** Its time is over. One that waits is told apart from one that computes by whether its process still answers. */
  private late(slot: Slot, job: Job): void {
    if (job.state === 'sent') {
      this.lose(slot, null, new EngineError('TIMEOUT', `${this.options.subject} was not begun: its process was busy with something else.`));
      return;
    }
    if (job.state !== 'leave') {
      slot.retired = true;
      this.settle(slot, job, this.tooLong(job));
      this.lose(slot, null, null);
      return;
    }
    if (slot.ping !== null) {
      this.limit(slot, job, pingMs);
      return;
    }
    const timer = setTimeout(() => {
      slot.ping = null;
      this.silent(slot, job);
    }, pingMs);
    slot.ping = { job, timer };
    slot.host.send({ ping: job.id });
  }

  /** The process computes, so a job that waits there cannot be blamed for its time. */
  private silent(slot: Slot, job: Job): void {
    if (!this.slots.has(slot)) return;
    const jobs = [...slot.jobs.values()];
    if (jobs.some(({ state }) => state === 'load' || state === 'enter')) {
      // That one has a limit of its own.
      if (slot.jobs.has(job.id)) this.limit(slot, job, pingMs * 4);
      return;
    }
    slot.retired = true;
    if (jobs.length === 1 && slot.jobs.has(job.id)) this.settle(slot, job, this.tooLong(job));
    this.lose(slot, null, null);
  }

  private tooLong({ timeoutMs, state }: Job): EngineError {
    const ms = state === 'load' ? Math.max(this.options.loadMs, timeoutMs) : timeoutMs;
    const what = state === 'load' ? 'It was not loaded' : 'It did not end';
    return new EngineError('TIMEOUT', `${what} within ${String(ms / 1000)} s.`);
  }

  /** A process is lost with what it was doing: who took it down gets the error, all others are begun again, each alone where it is not known who it was. */
  private lose(slot: Slot, why: string | null, error: Error | null): void {
    const jobs = [...slot.jobs.values()];
    slot.jobs.clear();
    this.end(slot);
    const running = jobs.filter(({ state }) => state === 'load' || state === 'enter');
    const begun = jobs.filter(({ state }) => state !== 'sent');
    const guilty = running.length > 0 ? running : begun.length === 1 ? begun : [];
    for (const job of jobs.reverse()) {
      if (job.timer !== null) clearTimeout(job.timer);
      const died = new EngineError('CODE_ENDED', `${this.options.subject} did not answer: ${why ?? 'its process was stopped'}.`);
      if (why !== null && guilty.includes(job)) job.reject(died);
      else if (job.begun >= maxBegun || (!this.options.again && job.state !== 'sent')) job.reject(error ?? died);
      else this.again(slot, job, guilty.length === 0 && job.state !== 'sent');
    }
    this.next();
  }

  private end(slot: Slot): void {
    if (!this.slots.delete(slot)) return;
    if (slot.reaper !== null) clearTimeout(slot.reaper);
    if (slot.ping !== null) clearTimeout(slot.ping.timer);
    slot.host.kill();
  }
}
