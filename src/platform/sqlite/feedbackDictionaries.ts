/** Numbers for what recurs: groups of what is said of a prompt, users and sessions, attributes and their values. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { maxValues } from '../../engine/feedback/scan/batchBuilder.js';
import type { RecordBatch, RecordGroup, Unit } from '../../engine/feedback/scan/recordBatch.js';

/** Texts whose numbers are remembered; others are looked up. */
const maxKnown = 50_000;

export class Groups {
  private readonly known = new Map<string, number>();
  private readonly select: StatementSync;
  private readonly insert: StatementSync;

  constructor(db: DatabaseSync) {
    this.select = db.prepare('SELECT id FROM grp WHERE key = ?');
    this.insert = db.prepare('INSERT INTO grp (key) VALUES (?)');
  }

  number({ prompt, onlyPrompt, version, link, sha256, variant }: RecordGroup): number {
    return numberOf(this.known, JSON.stringify([prompt, onlyPrompt, version, link, sha256, variant]), this.select, this.insert);
  }
}

export function groupOf(key: string): RecordGroup {
  const [prompt, onlyPrompt, version, link, sha256, variant] = JSON.parse(key) as [
    string | null,
    boolean,
    string | null,
    RecordGroup['link'],
    string | null,
    string | null,
  ];
  return { prompt, onlyPrompt, version, link, sha256, variant };
}

/** A unit is its number here times two, plus one for a session. */
export class Units {
  private readonly known = new Map<string, number>();
  private readonly select: StatementSync;
  private readonly insert: StatementSync;

  private readonly selectKey: StatementSync;

  constructor(db: DatabaseSync) {
    this.selectKey = db.prepare('SELECT key FROM unit WHERE id = ?');
    this.select = db.prepare('SELECT id FROM unit WHERE key = ?');
    this.insert = db.prepare('INSERT INTO unit (key) VALUES (?)');
  }

  number({ session, pseudonym }: Unit): number {
    const text = `${session ? 's' : 'u'}${pseudonym}`;
    const before = this.known.get(text);
    if (before !== undefined) return before;
    const key = unitKey(session, pseudonym);
    const row = this.select.get(key);
    const id = row === undefined ? Number(this.insert.run(key).lastInsertRowid) : Number(row['id']);
    const unit = id * 2 + (session ? 1 : 0);
    if (this.known.size >= maxKnown) this.known.clear();
    this.known.set(text, unit);
    return unit;
  }

  find(pseudonym: string): number | null {
    const row = this.select.get(unitKey(false, pseudonym));
    return row === undefined ? null : Number(row['id']) * 2;
  }

  /** As a user and as a session. */
  all(pseudonym: string): number[] {
    const session = this.select.get(unitKey(true, pseudonym));
    return [this.find(pseudonym) ?? [], session === undefined ? [] : Number(session['id']) * 2 + 1].flat();
  }

  /** Pseudonym of a user; `null` for a session. */
  user(unit: number): string | null {
    if (unit < 0 || unit % 2 === 1) return null;
    const key = this.selectKey.get(unit / 2)?.['key'] as Uint8Array | undefined;
    if (key === undefined) return null;
    return key[0] === 0 ? Buffer.from(key.subarray(1)).toString('hex') : Buffer.from(key.subarray(1)).toString('utf8');
  }
}

/** First byte: 0 user in hex digits, 1 session in hex digits, 2 and 3 the same as any text. */
function unitKey(session: boolean, pseudonym: string): Buffer {
  const isHex = /^(?:[0-9a-f]{2})+$/.test(pseudonym);
  return Buffer.concat([Buffer.from([(session ? 1 : 0) + (isHex ? 0 : 2)]), Buffer.from(pseudonym, isHex ? 'hex' : 'utf8')]);
}

const maxAttributes = 200;

interface Attribute {
  id: number;
  crowded: boolean;
  values: Map<string, number>;
}

export class Attributes {
  private readonly known = new Map<string, Attribute>();
  private readonly crowdedIds = new Set<number>();
  private readonly insertValue: StatementSync;

  constructor(private readonly db: DatabaseSync) {
    this.insertValue = db.prepare('INSERT INTO attribute_value VALUES (?, ?, ?)');
    for (const row of db.prepare('SELECT id, name, crowded FROM attribute').all()) {
      const id = Number(row['id']);
      if (row['crowded'] === 1) this.crowdedIds.add(id);
      this.known.set(String(row['name']), { id, crowded: row['crowded'] === 1, values: new Map() });
    }
    const byId = new Map([...this.known.values()].map((each) => [each.id, each]));
    for (const row of db.prepare('SELECT attribute, id, text FROM attribute_value').all()) {
      byId.get(Number(row['attribute']))?.values.set(String(row['text']), Number(row['id']));
    }
  }

  get(name: string): Attribute | null {
    return this.known.get(name) ?? null;
  }

  /** Attribute and value by number; `null` where it is not kept. */
  pair(name: string, value: string): { attribute: number; value: number } | null {
    const attribute = this.attribute(name);
    if (attribute === null) return null;
    if (attribute.crowded) return null;
    const before = attribute.values.get(value);
    if (before !== undefined) return { attribute: attribute.id, value: before };
    if (attribute.values.size >= maxValues) {
      this.crowd(name);
      return null;
    }
    const id = attribute.values.size + 1;
    this.insertValue.run(attribute.id, id, value);
    attribute.values.set(value, id);
    return { attribute: attribute.id, value: id };
  }

  /** It has more values than are kept: none of them is. */
  crowd(name: string): void {
    const attribute = this.attribute(name);
    if (attribute === null || attribute.crowded) return;
    attribute.crowded = true;
    attribute.values.clear();
    this.crowdedIds.add(attribute.id);
    this.db.prepare('UPDATE attribute SET crowded = 1 WHERE id = ?').run(attribute.id);
    this.db.prepare('DELETE FROM attribute_value WHERE attribute = ?').run(attribute.id);
    this.db.prepare('DELETE FROM block_attribute WHERE attribute = ?').run(attribute.id);
  }

  private attribute(name: string): Attribute | null {
    const before = this.known.get(name);
    if (before !== undefined) return before;
    if (this.known.size >= maxAttributes) return null;
    const { lastInsertRowid } = this.db.prepare('INSERT INTO attribute (name, crowded) VALUES (?, 0)').run(name);
    const attribute: Attribute = { id: Number(lastInsertRowid), crowded: false, values: new Map() };
    this.known.set(name, attribute);
    return attribute;
  }

  get areAllKept(): boolean {
    return this.crowdedIds.size === 0;
  }

  isCrowded(id: number): boolean {
    return this.crowdedIds.has(id);
  }
}

/** Numbers of a scanner's dictionary as ours. */
export class Translation {
  readonly groups: number[] = [];
  readonly units: number[] = [];
  /** Attribute and value; `null`: not kept. */
  readonly pairs: ({ attribute: number; value: number } | null)[] = [];

  /** Takes in what the batch adds. */
  extend(batch: RecordBatch, groups: Groups, units: Units, attributes: Attributes): void {
    if (batch.groupBase !== this.groups.length || batch.unitBase !== this.units.length || batch.pairBase !== this.pairs.length) {
      throw new Error('Batches of one scanner came out of order.');
    }
    for (const group of batch.groups) this.groups.push(groups.number(group));
    for (const unit of batch.units) this.units.push(units.number(unit));
    for (const { key, value } of batch.pairs) this.pairs.push(attributes.pair(key, value));
  }
}

function numberOf(known: Map<string, number>, text: string, select: StatementSync, insert: StatementSync): number {
  const before = known.get(text);
  if (before !== undefined) return before;
  const row = select.get(text);
  const id = row === undefined ? Number(insert.run(text).lastInsertRowid) : Number(row['id']);
  if (known.size >= maxKnown) known.clear();
  known.set(text, id);
  return id;
}
