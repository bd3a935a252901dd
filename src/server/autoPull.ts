/** Reads sources without being asked: all of them on opening, what lies on this disk as it grows, servers by the clock. */
import { EngineError } from '../engine/errors.js';
import { coalesce } from '../shared/async.js';
import { watchFiles, type FileWatch } from './fileWatch.js';
import type { Session } from './session.js';
import { collectedFiles } from './watched.js';

/** How often it is looked whether a server is due: the pauses are minutes. */
const lookEveryMs = 10_000;

export interface AutoPull {
  /** Looks for files anew: sources or their files changed. */
  refresh(): Promise<void>;
  /** The first pull, where the setting has one. Never rejects. */
  begin(): Promise<void>;
  stop(): void;
}

export function startAutoPull(session: Session): AutoPull {
  const { sources, options, logger, engine } = session;
  const quietly = (work: Promise<unknown>): Promise<void> =>
    work.then(
      () => undefined,
      (error: unknown) => {
        if (!EngineError.is(error, 'CANCELLED')) logger.error('Feedback not pulled', error);
      },
    );
  const watch: FileWatch = watchFiles(
    async () => {
      const [paths, { config }] = await Promise.all([engine.feedback.watched(), engine.config.load()]);
      return [...paths, ...(await collectedFiles(session.root, config.sources))];
    },
    () => {
      if (options.autoPull === 'interval') void quietly(pullLocal());
    },
  );
  const pullAll = coalesce(async () => {
    // Before the pull, so that what is appended while it runs is noticed.
    await watch.refresh();
    await sources.pull({ sources: null });
    await watch.refresh();
  });
  // A server that takes its time must not hold up what an application has just written to its log.
  const pullLocal = coalesce(async () => {
    await watch.refresh();
    const names = await sources.localNames();
    if (names.length > 0) await sources.pull({ sources: names });
  });
  const pullDue = coalesce(async () => {
    for (const name of await sources.due()) await sources.pull({ sources: [name] });
  });
  const clock = setInterval(() => void quietly(pullDue()), lookEveryMs);
  clock.unref();
  return {
    refresh: () => watch.refresh(),
    begin: () => (options.autoPull === 'off' ? quietly(watch.refresh()) : quietly(pullAll())),
    stop() {
      clearInterval(clock);
      watch.dispose();
    },
  };
}
