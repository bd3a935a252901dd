/** Every kind that is evaluated here, by its name without `not-`. A kind that is in no family is reported and never counts as passed. */
import { codeHandlers } from './code.js';
import { comparisonHandlers } from './judged/compare.js';
import { conversationHandlers } from './judged/conversation.js';
import { retrievalHandlers } from './judged/retrieval.js';
import { rubricHandlers } from './judged/rubric.js';
import { similarHandlers } from './judged/similar.js';
import { jsonHandlers } from './json.js';
import { limitHandlers } from './limits.js';
import { textHandlers } from './text.js';
import type { Handlers } from './types.js';

export const handlers: Handlers = {
  ...textHandlers,
  ...jsonHandlers,
  ...codeHandlers,
  ...limitHandlers,
  ...rubricHandlers,
  ...retrievalHandlers,
  ...similarHandlers,
  ...conversationHandlers,
  ...comparisonHandlers,
};
