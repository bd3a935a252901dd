import type { SuggestHooks, SuggestRequest } from '../../engine/api.js';
import { EngineError } from '../../engine/errors.js';
import { Methods, Notifications } from '../../shared/protocol.js';
import type { Session } from '../session.js';

const budgets = ['quick', 'normal', 'thorough'] as const;

function toBudget(text: string): NonNullable<SuggestRequest['budget']> {
  const named = budgets.find((budget) => budget === text);
  if (named !== undefined) return named;
  const calls = Number(text);
  if (Number.isInteger(calls) && calls > 0) return calls;
  throw new EngineError('BAD_USAGE', `"${text}" is no budget. Use quick, normal, thorough or a number of calls.`);
}

export function registerSuggestions(session: Session): void {
  const { wire, engine, runs } = session;
  const hooks = (runId: string): SuggestHooks => ({
    onProgress: (progress) => {
      wire.notify(Notifications.suggestProgress, { runId, ...progress });
    },
  });
  wire.handle(Methods.suggest, ({ runId, prompt, suite, budget, seed }, outer) =>
    runs.run(runId, outer, (signal) =>
      engine.optimizer.suggest(
        {
          prompt,
          ...(suite === undefined ? {} : { suite }),
          ...(budget === undefined ? {} : { budget: toBudget(budget) }),
          ...(seed === undefined ? {} : { seed }),
        },
        hooks(runId),
        signal,
      ),
    ),
  );
  wire.handle(Methods.check, ({ runId, prompt, suite, text }, outer) =>
    runs.run(runId, outer, (signal) =>
      engine.optimizer.check(
        { prompt, ...(suite === undefined ? {} : { suite }), ...(text === undefined ? {} : { text }) },
        hooks(runId),
        signal,
      ),
    ),
  );
  wire.handle(Methods.suggestionGet, ({ id }) => engine.optimizer.get(id));
  wire.handle(Methods.suggestionAccept, async ({ id, commit, text, uncertified }) => {
    const version = await engine.optimizer.accept(id, {
      commit,
      ...(text === undefined ? {} : { text }),
      ...(uncertified === undefined ? {} : { uncertified }),
    });
    session.changed(['prompts', 'versions', 'scores']);
    return version;
  });
  wire.handle(Methods.suggestionReject, async ({ id, reason }) => {
    await engine.optimizer.reject(id, reason);
    return null;
  });
}
