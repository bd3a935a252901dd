import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { EngineError } from '../../engine/errors.js';
import type { ChatMessage, ChatResponse } from '../../engine/ports.js';
import type { FromWorker, GenerationParams, ToWorker } from './protocol.js';

interface Waiting {
  resolve: (response: ChatResponse) => void;
  reject: (error: Error) => void;
}

export interface LlamaHostOptions {
  workerPath: string;
  libraryEntry: string;
  modelPath: string;
  contextSize: number;
  threads: number;
}

/** The parent's side of the worker process: starts it at the first request, again after a crash, and ends it on close. */
export class LlamaHost {
  private child: ChildProcess | null = null;
  private loading: Promise<ChildProcess> | null = null;
  /** Ends the waiting for a load that will not come to its end. */
  private failLoading: ((error: Error) => void) | null = null;
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 1;

  constructor(private readonly options: LlamaHostOptions) {}

  /** Throws MODEL_UNAVAILABLE where the model cannot be loaded, MODEL_FAILED on a fault, CANCELLED, TIMEOUT (by the caller's signal). */
  async chat(messages: ChatMessage[], params: GenerationParams, signal?: AbortSignal): Promise<ChatResponse> {
    const child = await this.start();
    if (signal?.aborted === true) throw new EngineError('CANCELLED', 'Stopped.');
    const id = this.nextId++;
    const cancel = (): void => {
      post(child, { type: 'cancel', id });
    };
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await new Promise<ChatResponse>((resolve, reject) => {
        this.waiting.set(id, { resolve, reject });
        post(child, { type: 'chat', id, messages, params });
      });
    } finally {
      this.waiting.delete(id);
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Loads the model if it is not loaded yet. */
  async start(): Promise<ChildProcess> {
    this.loading ??= this.spawn();
    return this.loading;
  }

  close(): void {
    this.child?.kill();
    this.reset(new EngineError('CANCELLED', 'Stopped.'));
  }

  private async spawn(): Promise<ChildProcess> {
    const { workerPath, ...load } = this.options;
    const child = fork(workerPath, [], {
      // Nothing of the environment (keys!) is needed there but what a process needs to start.
      env: Object.fromEntries(
        ['PATH', 'HOME', 'USERPROFILE', 'SystemRoot', 'TEMP', 'TMP', 'LANG', 'ELECTRON_RUN_AS_NODE'].flatMap((name) => {
          const value = process.env[name];
          return value === undefined ? [] : [[name, value]];
        }),
      ),
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'json',
    });
    this.child = child;
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString('utf8')).slice(-1000);
    });
    return new Promise<ChildProcess>((resolve, reject) => {
      this.failLoading = reject;
      child.on('message', (message: FromWorker) => {
        if (message.type === 'loaded') resolve(child);
        else if (message.type === 'loadFailed') {
          child.kill();
          reject(
            new EngineError(
              'MODEL_UNAVAILABLE',
              `The local model could not be loaded: ${message.message}. Run “Set Up a Local Model…” again or choose another file.`,
            ),
          );
        } else this.settle(message);
      });
      const ended = (detail: string): void => {
        if (this.child !== child) return;
        const error = new EngineError(
          'MODEL_FAILED',
          `The local model's process ended (${detail}). Run again; if it happens again, choose a smaller model.`,
          { stderr: errors },
        );
        this.reset(error);
      };
      child.on('error', (error) => {
        ended(error.message);
      });
      child.on('exit', (code, exitSignal) => {
        ended(exitSignal ?? `code ${String(code)}`);
      });
      post(child, { type: 'load', ...load });
    });
  }

  private settle(message: Extract<FromWorker, { id: number }>): void {
    const waiting = this.waiting.get(message.id);
    if (waiting === undefined) return;
    if (message.type === 'answer') {
      const { text, finishReason, tokensIn, tokensOut, latencyMs } = message;
      waiting.resolve({ text, finishReason, tokensIn, tokensOut, latencyMs, recorded: false });
    } else {
      waiting.reject(
        message.cancelled
          ? new EngineError('CANCELLED', 'Stopped.')
          : new EngineError('MODEL_FAILED', message.message, { permanent: true }),
      );
    }
  }

  private reset(error: EngineError): void {
    this.child = null;
    this.loading = null;
    this.failLoading?.(error);
    this.failLoading = null;
    for (const waiting of this.waiting.values()) waiting.reject(error);
    this.waiting.clear();
  }
}

function post(child: ChildProcess, message: ToWorker): void {
  // A closed channel shows as the child's exit, which rejects whoever waits.
  if (child.connected) child.send(message, () => undefined);
}
