/** Does each answer of a conversation fit what was said before it? */
import { isRecord } from '../../../config/yaml.js';
import type { JudgeUse } from '../../../../shared/evalDocument.js';
import { judgeMessages, schemas, tasks } from '../../judges/prompts.js';
import { numberOf } from '../../judges/reading.js';
import { textOf } from '../outcome.js';
import type { AssertionCall, Handlers, Outcome } from '../types.js';
import { judgeOf, reaches, thresholdOf, withoutOwnPrompt } from './material.js';
import { yesOrNo } from './rubric.js';

export const conversationHandlers: Handlers = { 'conversation-relevance': conversationRelevance };

interface Turn {
  user: string;
  assistant: string;
}

/** Share of the turns whose answer fits, each seen with up to four turns before it (`config.windowSize` sets another number of turns). */
async function conversationRelevance(call: AssertionCall): Promise<Outcome> {
  withoutOwnPrompt(call);
  const { assertion } = call;
  const turns = turnsOf(call);
  const size = Math.max(1, Math.floor(numberOf(assertion.config?.['windowSize']) ?? 5));
  const uses: JudgeUse[] = [];
  let fitting = 0;
  let fault = '';
  for (let last = 0; last < turns.length; last++) {
    const window = turns.slice(Math.max(0, last + 1 - size), last + 1);
    const parts = window.flatMap(({ user, assistant }) => [
      { name: 'user', text: user },
      { name: 'assistant', text: assistant },
    ]);
    const { value, use } = await judgeOf(call).ask({
      provider: assertion.provider,
      messages: judgeMessages(tasks.conversation, parts),
      schema: schemas.yesNo,
      read: yesOrNo,
    });
    uses.push(use);
    if (value.pass) fitting++;
    else if (fault === '') fault = value.reason;
  }
  const score = fitting / turns.length;
  const counted = `${String(fitting)} of ${String(turns.length)} ${turns.length === 1 ? 'answer fits' : 'answers fit'} what was said before`;
  const [use] = uses;
  const judge = use === undefined ? {} : { judge: { ...use, cached: uses.every(({ cached }) => cached) } };
  return {
    pass: reaches(score, thresholdOf(call, 0)),
    score,
    reason: fault === '' ? counted : `${counted}: ${fault}`,
    graded: true,
    ...judge,
  };
}

/** Earlier turns from `_conversation` or the messages of the chat, then what was asked and answered now. */
function turnsOf({ input }: AssertionCall): Turn[] {
  const { _conversation: earlier } = input.vars;
  const turns: Turn[] = [];
  let user = '';
  if (Array.isArray(earlier) && earlier.every(isRecord)) {
    for (const turn of earlier)
      turns.push({ user: textOf(turn['input'] ?? turn['prompt'] ?? ''), assistant: textOf(turn['output'] ?? '') });
    user = input.prompt ?? '';
  } else {
    for (const { role, content } of input.messages ?? []) {
      if (role === 'user') user = user === '' ? content : `${user}\n\n${content}`;
      if (role !== 'assistant') continue;
      turns.push({ user, assistant: content });
      user = '';
    }
    if (input.messages === undefined) user = input.prompt ?? '';
  }
  return [...turns, { user, assistant: input.output }];
}
