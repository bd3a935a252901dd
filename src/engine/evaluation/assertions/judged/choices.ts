/** GitHub Models' evaluators that ask a model: a prompt of the file's own, and choices that each have a score. */
import { isRecord } from '../../../config/yaml.js';
import type { ChatMessage } from '../../../ports.js';
import { numberOf } from '../../judges/reading.js';
import { Unreadable } from '../../judges/types.js';
import { clamp, textOf } from '../outcome.js';
import { NotEvaluated, type AssertionCall, type Handlers, type Outcome } from '../types.js';
import { judgeOf, promptVars, renderedPrompt } from './material.js';

export const choiceHandlers: Handlers = { llm };

interface Choice {
  choice: string;
  score: number;
}

/**
 * Passes where the choice that the judge names has a score over 0, as `gh models eval` has it. Unlike there, an answer that names none or several of
 * the choices is unreadable, and the judge is the configured one, whatever `modelId` says.
 */
async function llm(call: AssertionCall): Promise<Outcome> {
  const { prompt, systemPrompt, choices } = isRecord(call.value) ? call.value : {};
  const list = choicesOf(choices);
  if (typeof prompt !== 'string' || prompt.trim() === '' || list.length === 0)
    throw new NotEvaluated('it needs a prompt and choices with scores');
  const system: ChatMessage[] = typeof systemPrompt === 'string' ? [{ role: 'system', content: systemPrompt }] : [];
  const messages = [...system, ...renderedPrompt(prompt, promptVars(call, { completion: call.input.output }))];
  const { value, use } = await judgeOf(call).ask({ messages, read: (text) => chosen(text, list) });
  return { pass: value.score > 0, score: clamp(value.score), reason: `The judge chose “${value.choice}”`, graded: true, judge: use };
}

function choicesOf(value: unknown): Choice[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isRecord).flatMap(({ choice, score }) => {
    const number = numberOf(score);
    const text = choice === undefined || choice === null ? '' : textOf(choice).trim();
    return number === null || text === '' ? [] : [{ choice: text, score: number }];
  });
}

function chosen(text: string, choices: readonly Choice[]): Choice {
  const said = text.trim().toLowerCase();
  const exact = choices.find(({ choice }) => said === choice.toLowerCase());
  if (exact !== undefined) return exact;
  const isWhole = (sign: string | undefined): boolean => sign === undefined || !/[\p{L}\p{N}]/u.test(sign);
  const named = choices.filter(({ choice }) => {
    for (let at = said.indexOf(choice.toLowerCase()); at !== -1; at = said.indexOf(choice.toLowerCase(), at + 1)) {
      if (isWhole(said[at - 1]) && isWhole(said[at + choice.length])) return true;
    }
    return false;
  });
  const [only, ...others] = named;
  if (only === undefined || others.length > 0)
    throw new Unreadable(`It must name one of these alone: ${choices.map(({ choice }) => choice).join(', ')}.`);
  return only;
}
