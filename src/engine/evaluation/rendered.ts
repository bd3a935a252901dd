import type { PromptService } from '../api.js';
import { EngineError } from '../errors.js';
import { requestOf } from './runCase.js';
import type { SuitePlan } from './suitePlan.js';

/** What one column sends for a case, as prompt and suite are now. */
export interface Rendered {
  column: string;
  messages: { role: string; content: string }[] | null;
  problem: string | null;
  sha256: string;
}

/** One entry for each column of the plan. A template that cannot be rendered is a problem of its column. */
export function renderCase(prompts: PromptService, { suite, columns }: SuitePlan, caseId: string): Rendered[] {
  const entry = suite.cases.find(({ id }) => id === caseId);
  return columns.map((column) => {
    const base = { column: column.id, sha256: column.document.sha256 };
    if (entry === undefined) return { ...base, messages: null, problem: 'The case is not in the suite any more.' };
    try {
      const { messages } = requestOf(prompts, { column, entry, repeat: 1 }, null);
      return { ...base, messages: messages.map(({ role, content }) => ({ role, content })), problem: null };
    } catch (error) {
      if (!EngineError.is(error)) throw error;
      return { ...base, messages: null, problem: error.message };
    }
  });
}
