/**
 * The local model's own process: a crash of native code, or a load that eats memory, never takes the host with it.
 * Started by `host.ts` with an IPC channel; ends with its parent.
 */
import { pathToFileURL } from 'node:url';
import { Cancelled, Generator } from './generate.js';
import type { Library } from './library.js';
import type { FromWorker, ToWorker } from './protocol.js';

const cancelled = new Set<number>();
let generator: Generator | null = null;
let queue: Promise<void> = Promise.resolve();

function send(message: FromWorker): void {
  process.send?.(message);
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function load(message: Extract<ToWorker, { type: 'load' }>): Promise<void> {
  try {
    // An ESM package at a path that is known only now: the bundler must leave this import alone.
    const library = (await import(pathToFileURL(message.libraryEntry).href)) as Library;
    const llama = await library.getLlama({ gpu: false, build: 'never', skipDownload: true, logLevel: 'error', progressLogs: false });
    const model = await llama.loadModel({ modelPath: message.modelPath, gpuLayers: 0 });
    const contextSize = Math.min(message.contextSize, model.trainContextSize);
    const context = await model.createContext({
      contextSize,
      sequences: 1,
      batchSize: Math.min(512, contextSize),
      threads: message.threads,
    });
    generator = new Generator(model, context.getSequence(), library.resolveChatWrapper(model), context.contextSize);
    send({ type: 'loaded' });
  } catch (error) {
    send({ type: 'loadFailed', message: text(error) });
  }
}

async function chat(message: Extract<ToWorker, { type: 'chat' }>): Promise<void> {
  const { id } = message;
  try {
    if (generator === null) throw new Error('the model is not loaded');
    if (cancelled.has(id)) throw new Cancelled();
    const start = performance.now();
    const result = await generator.generate(message.messages, message.params, () => cancelled.has(id));
    send({ type: 'answer', id, ...result, latencyMs: performance.now() - start });
  } catch (error) {
    send({ type: 'failed', id, message: text(error), cancelled: error instanceof Cancelled });
  } finally {
    cancelled.delete(id);
  }
}

process.on('message', (message: ToWorker) => {
  if (message.type === 'cancel') cancelled.add(message.id);
  else if (message.type === 'load') queue = queue.then(() => load(message));
  else queue = queue.then(() => chat(message));
});
process.on('disconnect', () => {
  process.exit(0);
});
