import type { CodeModel, ModelProfile } from '../../engine/config/types.js';
import { isRecord } from '../../engine/config/yaml.js';
import { EngineError } from '../../engine/errors.js';
import type { ChatRequest, CodeRunner, ModelClient } from '../../engine/ports.js';
import { readProviderResult } from '../httpModel/answer.js';
import { promptText } from '../httpModel/client.js';

/** promptfoo gives a provider of a suite's own as long. */
const defaultMs = 120_000;

/** Client of a provider that a suite writes itself: a function or class of a file, or a program. What it does is its own affair, so nothing is retried. */
export function createCodeClient(profile: ModelProfile, code: CodeRunner): ModelClient {
  const model: CodeModel = profile.code ?? { id: profile.name, config: {} };
  const closed = new AbortController();

  const failed = (why: string): EngineError =>
    new EngineError('MODEL_FAILED', `The provider ${model.id} failed: ${why.slice(0, 500)}`, { kind: 'provider-code', retryable: false });

  async function said(request: ChatRequest, timeoutMs: number, signal: AbortSignal): Promise<unknown> {
    const prompt = promptText(request.messages);
    const options = { id: model.id, config: { ...model.config, ...request.params } };
    const context = { vars: request.vars ?? {}, prompt: { raw: prompt, label: prompt }, repeatIndex: (request.repeat ?? 1) - 1 };
    const place = model.folder === undefined ? {} : { folder: model.folder };
    if (model.command !== undefined) {
      const args = [prompt, JSON.stringify(options), JSON.stringify(context)];
      const { stdout, stderr, code: end } = await code.program({ command: model.command, args, timeoutMs, ...place }, signal);
      // A program that says nothing but complains has no answer; so has one that ends with an error.
      if (end !== 0) throw failed(`it ended with code ${String(end)}${stderr === '' ? '' : ` (${stderr.trim()})`}`);
      if (stdout.trim() === '' && stderr.trim() !== '') throw failed(stderr.trim());
      return stdout.trim();
    }
    const { file = '', name } = model;
    const isPython = file.endsWith('.py');
    return code.call(
      {
        code: { language: isPython ? 'python' : 'javascript', file, ...(name === undefined ? {} : { name }) },
        purpose: 'provider',
        args: isPython ? [prompt, options, context] : [prompt, context, { ...request.params }],
        setup: { id: model.id, config: model.config },
        timeoutMs,
        ...place,
        ...(model.executable === undefined ? {} : { executable: model.executable }),
      },
      signal,
    );
  }

  return {
    profile,
    deterministic: false,
    async chat(request, signal) {
      const any = AbortSignal.any([closed.signal, ...(signal === undefined ? [] : [signal])]);
      const start = performance.now();
      let result: unknown;
      try {
        result = await said(request, request.timeoutMs ?? profile.timeoutMs ?? defaultMs, any);
      } catch (error) {
        if (EngineError.is(error)) throw error;
        throw failed(error instanceof Error ? error.message : String(error));
      }
      const latencyMs = performance.now() - start;
      const error = isRecord(result) ? result['error'] : undefined;
      if (error !== undefined && error !== null && error !== '') throw failed(typeof error === 'string' ? error : JSON.stringify(error));
      const answer = readProviderResult(result);
      if (answer === null) throw failed('it returned no output');
      return { ...answer, latencyMs, recorded: false };
    },
    close: () => {
      closed.abort();
      return Promise.resolve();
    },
  };
}
