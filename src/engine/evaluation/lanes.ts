/** Work that shares a place: at most `width` pieces of all groups are under way at once, and at most `limit` of each group. */
export interface Lane<T> {
  width: number;
  groups: { limit: number; jobs: readonly T[] }[];
}

/**
 * Does the work of all lanes side by side. In a lane pieces begin in their order, group by group; one whose group is full lets the next
 * group go before. `work` that throws ends it all; once `isStopped`, nothing more begins.
 */
export async function runLanes<T>(lanes: readonly Lane<T>[], work: (job: T) => Promise<void>, isStopped: () => boolean): Promise<void> {
  const state = { failed: false };
  await Promise.all(lanes.map((lane) => runLane(lane, work, () => state.failed || isStopped(), state)));
}

function runLane<T>(
  { width, groups }: Lane<T>,
  work: (job: T) => Promise<void>,
  isStopped: () => boolean,
  state: { failed: boolean },
): Promise<void> {
  const open = groups.map(({ limit, jobs }) => ({ limit, jobs, next: 0, active: 0 }));
  let active = 0;
  let first = 0;
  const pick = (): (typeof open)[number] | null => {
    while (first < open.length && (open[first]?.next ?? 0) >= (open[first]?.jobs.length ?? 0)) first++;
    for (let index = first; index < open.length; index++) {
      const group = open[index];
      if (group !== undefined && group.next < group.jobs.length && group.active < group.limit) return group;
    }
    return null;
  };
  return new Promise((resolve, reject) => {
    const pump = (): void => {
      while (active < width && !isStopped()) {
        const group = pick();
        if (group === null) break;
        const job = group.jobs[group.next++] as T;
        group.active++;
        active++;
        const done = (): void => {
          group.active--;
          active--;
          pump();
        };
        work(job).then(done, (error: unknown) => {
          state.failed = true;
          reject(error instanceof Error ? error : new Error(String(error)));
        });
      }
      if (active === 0) resolve();
    };
    pump();
  });
}
