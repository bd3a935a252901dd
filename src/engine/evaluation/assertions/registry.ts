/** Every kind that is evaluated here, by its name without `not-`. A kind that is in no family is reported and never counts as passed. */
import { codeHandlers } from './code.js';
import { htmlHandlers } from './html.js';
import { jsonHandlers } from './json.js';
import { choiceHandlers } from './judged/choices.js';
import { comparisonHandlers } from './judged/compare.js';
import { conversationHandlers } from './judged/conversation.js';
import { retrievalHandlers } from './judged/retrieval.js';
import { rubricHandlers } from './judged/rubric.js';
import { similarHandlers } from './judged/similar.js';
import { limitHandlers } from './limits.js';
import { metricHandlers } from './metrics.js';
import { refusalHandlers } from './refusal.js';
import { textHandlers } from './text.js';
import { toolCallHandlers } from './toolCalls.js';
import { webhookHandlers } from './webhook.js';
import { xmlHandlers } from './xml.js';
import type { Handlers } from './types.js';

export const handlers: Handlers = {
  ...codeHandlers,
  ...htmlHandlers,
  ...jsonHandlers,
  ...choiceHandlers,
  ...comparisonHandlers,
  ...conversationHandlers,
  ...retrievalHandlers,
  ...rubricHandlers,
  ...similarHandlers,
  ...limitHandlers,
  ...metricHandlers,
  ...refusalHandlers,
  ...textHandlers,
  ...toolCallHandlers,
  ...webhookHandlers,
  ...xmlHandlers,
};
