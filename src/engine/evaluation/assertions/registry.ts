/** Every kind that is evaluated here, by its name without `not-`. A kind that is in no family is reported and never counts as passed. */
import { codeHandlers } from './code.js';
import { jsonHandlers } from './json.js';
import { limitHandlers } from './limits.js';
import { textHandlers } from './text.js';
import type { Handlers } from './types.js';

export const handlers: Handlers = { ...textHandlers, ...jsonHandlers, ...codeHandlers, ...limitHandlers };
