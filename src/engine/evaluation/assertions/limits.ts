/** Kinds that look at how the answer came, not at what it says. */
import { verdict } from './outcome.js';
import type { Handlers } from './types.js';

export const limitHandlers: Handlers = {
  latency({ assertion, input }) {
    const limit = assertion.threshold ?? 0;
    return verdict(input.latencyMs <= limit, `took ${String(Math.round(input.latencyMs))} ms, the limit is ${String(limit)} ms`);
  },
};
