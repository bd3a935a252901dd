/** Complaints of many versions, asked for a batch at a time. */
import type { ComplaintRow, FeedbackBackend, GroupSums, KnownVersions, Window } from '../feedback/backend.js';

/** Themes are looked for in the newest complaints of a version. */
const maxComplaints = 2000;
/** A database joins everything for each question; the comments of so many versions are some MB. */
const batch = 25;

/** Of each group that has any; each can be taken once, so that no more than a batch is held. */
export class ComplaintReader {
  private readonly waiting: Set<GroupSums>;
  private readonly read = new Map<GroupSums, ComplaintRow[]>();

  constructor(
    private readonly backends: readonly FeedbackBackend[],
    private readonly asked: { window: Window; known: KnownVersions },
    groups: readonly GroupSums[],
  ) {
    this.waiting = new Set(groups.filter((each) => each.complaints > 0));
  }

  /** Newest first, equal times by id. Units of different back ends are different ones. */
  async take(group: GroupSums): Promise<ComplaintRow[]> {
    if (this.waiting.has(group)) await this.fill(group);
    const rows = this.read.get(group) ?? [];
    this.read.delete(group);
    return rows;
  }

  private async fill(first: GroupSums): Promise<void> {
    this.waiting.delete(first);
    const groups = [first, ...[...this.waiting].slice(0, batch - 1)];
    for (const each of groups) this.waiting.delete(each);
    const wanted = groups.map(({ prompt, version }) => ({ prompt, version }));
    const answers = await Promise.all(this.backends.map((backend) => backend.complaints(wanted, { ...this.asked, limit: maxComplaints })));
    for (const [index, group] of groups.entries()) {
      const rows = answers.flatMap((answer, backend) =>
        (answer[index] ?? []).map((row) => ({ ...row, unit: `${String(backend)} ${row.unit}` })),
      );
      this.read.set(group, newestFirst(rows).slice(0, maxComplaints));
    }
  }
}

function newestFirst(rows: readonly ComplaintRow[]): ComplaintRow[] {
  return [...rows].sort((a, b) => b.time - a.time || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}
