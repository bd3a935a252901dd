/** A kind that another server decides. */
import { isRecord } from '../../config/yaml.js';
import { EngineError } from '../../errors.js';
import { clamp, parseJson, short, verdict } from './outcome.js';
import { NotEvaluated, type AssertionCall, type Handlers, type Outcome } from './types.js';

const webhookMs = 5000;
const maxAnswerBytes = 1024 * 1024;

export const webhookHandlers: Handlers = { webhook };

/**
 * POSTs `{ output, context: { prompt, vars } }` and takes `{ pass, score?, reason? }`. Only in a trusted workspace, and only to an origin that
 * the user confirmed: the answer and the variables leave this machine. A server that cannot be asked says nothing of the answer, so that
 * is not evaluated (promptfoo: a failure).
 */
async function webhook({ text, input, tools }: AssertionCall): Promise<Outcome> {
  if (!tools.trusted()) throw new NotEvaluated('webhooks are asked in trusted workspaces only');
  if (tools.http === undefined) throw new NotEvaluated('webhooks are not asked here');
  if (!/^https?:\/\//iu.test(text)) throw new NotEvaluated('its value is no http or https address');
  const body = JSON.stringify({
    output: input.value ?? input.output,
    context: { prompt: input.prompt ?? null, vars: input.vars },
  });
  const response = await tools.http.request(
    {
      method: 'POST',
      url: text,
      headers: { 'content-type': 'application/json' },
      body,
      timeoutMs: webhookMs,
      maxBytes: maxAnswerBytes,
    },
    tools.signal,
  );
  if (response.status < 200 || response.status > 299)
    throw new EngineError('SOURCE_FAILED', `The webhook answered with status ${String(response.status)}.`);
  const answer = parseJson(new TextDecoder().decode(response.body));
  if (!isRecord(answer) || typeof answer['pass'] !== 'boolean')
    throw new NotEvaluated('the webhook must answer with JSON that has pass: true or false');
  const { pass, score, reason } = answer;
  const said = typeof reason === 'string' && reason !== '' ? short(reason) : `The webhook says ${String(pass)}`;
  return typeof score === 'number' ? { pass, score: clamp(score), graded: true, reason: said } : verdict(pass, said);
}
