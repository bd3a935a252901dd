/** Lines on their way to a segment, once more against the list of the purged: it may have grown since they were prepared. */
import type { FileSystem } from '../../ports.js';
import type { Pseudonyms } from '../identity.js';
import { isObject, textOf, type Json } from '../values.js';
import { PurgedWatch } from './purgedUsers.js';
import { withoutPerson } from './withhold.js';

const references = /"(user|session|interaction_id)":"([^"\\]+)"/g;

export class Withholder {
  private readonly watch: PurgedWatch;

  constructor(
    fs: FileSystem,
    root: string,
    private readonly pseudonyms: Pseudonyms,
  ) {
    this.watch = new PurgedWatch(fs, root, pseudonyms);
  }

  /** Call it under the source's lock: a purge writes its list first and then takes that lock for the segments. */
  async check(lines: readonly string[]): Promise<readonly string[]> {
    await this.watch.refresh();
    if (!this.pseudonyms.withholds) return lines;
    return lines.flatMap((line) => (this.isDoubtful(line) ? (this.checked(line) ?? []) : line));
  }

  /** Cheap: false where nobody in the record was purged, or where it is without words already. */
  private isDoubtful(line: string): boolean {
    for (const [, key, id = ''] of line.matchAll(references)) {
      if (key === 'interaction_id' ? this.pseudonyms.isWithheld(null, id) : this.pseudonyms.nameOf(id) !== id) return true;
    }
    return false;
  }

  private checked(line: string): string | null {
    const record: unknown = JSON.parse(line);
    if (!isObject(record)) return line;
    const kept = this.withheld(record);
    return kept === record ? line : kept === null ? null : JSON.stringify(kept);
  }

  private withheld(record: Json): Json | null {
    const user = textOf(record['user']);
    const session = textOf(record['session']);
    const person = user ?? session;
    const about = textOf(record['interaction_id']);
    const isPurged = person === null ? this.pseudonyms.isWithheld(null, about) : this.pseudonyms.nameOf(person) !== person;
    if (!isPurged) return record;
    return withoutPerson(
      record,
      user === null ? null : this.pseudonyms.nameOf(user),
      session === null ? null : this.pseudonyms.nameOf(session),
    );
  }
}
