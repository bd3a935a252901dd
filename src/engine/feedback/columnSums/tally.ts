/**
 * Everything that scores are made from, by prompt and version, inside a window: it takes each row once, as it comes in, and grows with users
 * and days rather than with rows.
 */
import { linkCodes, type Attribution, type Attributor } from '../attribution.js';
import type { Window } from '../backend.js';
import type { IndexRows } from '../indexRows.js';
import type { FeedbackBlock, InteractionBlock } from '../store.js';
import { Channels, channelsOf, inverseOf, isComplaint, type Said } from './channels.js';
import { Marks, marks } from './systemTally.js';
import { unitKey } from './unitKey.js';
import { ValueCodes } from './values.js';
import { VersionTally } from './versionTally.js';
import { isInside } from './window.js';

export class Tally {
  readonly unattributed = { none: 0, ambiguous: 0 };
  /** Latest time that a record has of its own, ms. */
  latest = -Infinity;
  /** A row that was taken is another now. */
  isStale = false;
  private readonly byKey = new Map<string, VersionTally>();
  /** What is said of prompts recurs, so an attribution is the same object again and again. */
  private readonly byAttribution = new Map<Attribution, VersionTally>();
  private readonly channels = new Channels();
  private readonly marks = new Marks();
  private readonly codes = new ValueCodes();
  /** Some feedback is about an interaction that was not there yet. */
  private isAhead = false;

  /** `window`: `null` for all records. */
  constructor(
    private readonly rows: IndexRows,
    private readonly attributor: Attributor,
    private readonly window: Window | null,
  ) {}

  /** In no order. */
  get versions(): VersionTally[] {
    return [...this.byKey.values()];
  }

  /** Which one an attribution speaks of; `undefined` where it is none of these. */
  version(found: Attribution): VersionTally | undefined {
    if (found.prompt < 0 || found.link === linkCodes.ambiguous) return undefined;
    return this.byAttribution.get(found) ?? this.byKey.get(keyOf(found));
  }

  /** Rows from place `from` of the block on; -1: one that was taken is another now. */
  interactions(block: InteractionBlock, from: number): void {
    if (from < 0 || (this.isAhead && from < block.count)) this.isStale = true;
    if (this.isStale) return;
    const { attributor } = this;
    for (let i = from; i < block.count; i++) {
      if (block.live[i] !== 1 || !this.takes(block.time[i] ?? NaN, block.file)) continue;
      const found = attributor.interaction(block.group[i] ?? -1);
      if (found.prompt < 0 || found.link === linkCodes.ambiguous) continue;
      const { system } = this.versionOf(found);
      system.serve(block.first + i, block.status[i] ?? -1, block.retries[i] ?? -1, block.latency[i] ?? -1, block.implied[i] ?? 0);
    }
  }

  /** As `interactions`; the interactions that are there have been taken already. */
  feedback(block: FeedbackBlock, from: number): void {
    if (from < 0) this.isStale = true;
    if (this.isStale) return;
    const { attributor, rows, unattributed } = this;
    for (let i = from; i < block.count; i++) {
      if (block.live[i] !== 1) continue;
      const row = block.row[i] ?? -1;
      if (row >= 0 && !rows.interactions.isThere(row)) this.isAhead = true;
      if (!this.takes(block.time[i] ?? NaN, block.file)) continue;
      const found = attributor.feedback(block.group[i] ?? -1, row);
      if (found.link === linkCodes.ambiguous) unattributed.ambiguous++;
      else if (found.prompt < 0) unattributed.none++;
      else this.add(this.versionOf(found), block, i, row);
    }
  }

  /** Whether somebody rated well what a complaint of this version is about. */
  isLiked(version: VersionTally, served: number): boolean {
    if (served < 0) return false;
    return (this.isOf(version, served) && (this.marks.of(served) & marks.liked) !== 0) || version.complaints.likedElsewhere.has(served);
  }

  private takes(own: number, file: number): boolean {
    if (own > this.latest) this.latest = own;
    return this.window === null || isInside(this.window, own, this.rows.fileTime(file));
  }

  private versionOf(found: Attribution): VersionTally {
    const before = this.byAttribution.get(found);
    if (before !== undefined) return before;
    const key = keyOf(found);
    const version = this.byKey.get(key) ?? new VersionTally(found.prompt, found.version, this.marks, this.codes);
    this.byKey.set(key, version);
    this.byAttribution.set(found, version);
    return version;
  }

  /** Is an interaction one of this version's? */
  private isOf(version: VersionTally, served: number): boolean {
    const found = this.attributor.interaction(this.rows.groupOf(served));
    return found.link !== linkCodes.ambiguous && found.prompt === version.prompt && found.version === version.version;
  }

  private add(version: VersionTally, block: FeedbackBlock, i: number, row: number): void {
    const said = this.channels.of(block.signal[i] ?? -1, block.actor[i] ?? -1);
    if (said.channel === null) return;
    if (said.channel === 'system') {
      this.addSignal(version, said, row);
      return;
    }
    const served = this.rows.served(row);
    const [y, time] = [block.y[i] ?? NaN, block.time[i] ?? NaN];
    const key = unitKey(this.rows, block.unit[i] ?? -1, served, block.first + i);
    for (const channel of channelsOf(said, block, i)) {
      version.add(channel, key, y, inverseOf(block, i), time, block.file);
      if (channel === 'explicit' && served >= 0) this.rate(version, served, y);
      else if (channel === 'expertRandom' && served >= 0) version.labels++;
    }
    if (!isComplaint(said, block, i)) return;
    version.complaints.add({ n: block.first + i, time, file: block.file, unit: key, served, rated: !Number.isNaN(y) });
  }

  private rate(version: VersionTally, served: number, y: number): void {
    const isOwn = this.isOf(version, served);
    if (isOwn) version.system.rate(served);
    if (y < 0.5) return;
    if (isOwn) this.marks.add(served, marks.liked);
    else version.complaints.likedElsewhere.add(served);
  }

  private addSignal(version: VersionTally, { signal }: Said, row: number): void {
    const kind = signal.slice('system.'.length);
    if (kind !== 'error' && kind !== 'retry') return;
    const served = this.rows.served(row);
    version.system.signal(kind, served >= 0 && this.isOf(version, served) ? served : null, row < 0);
  }
}

function keyOf({ prompt, version }: Attribution): string {
  return `${String(prompt)} ${String(version)}`;
}
