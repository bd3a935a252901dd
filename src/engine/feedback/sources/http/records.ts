/** Records of servers in the canonical schema: what all adapters fill in the same way, and what a person has to be told of it. */
import type { ScoreMeaning, SourceConfig } from '../../../config/types.js';
import { deterministicId } from '../../identity.js';
import { compileMapping, type Mapping } from '../../mapping.js';
import { Rejection } from '../../records.js';
import { feedbackOf, type Said } from '../../shapes/metric.js';
import { noPrompt } from '../../shapes/promptLink.js';
import type { ShapeOptions } from '../../shapes/shape.js';
import { parseTime, toIso } from '../../time.js';
import { field, isObject, setOwn, textOf, type Json } from '../../values.js';
import type { SourceReject, UnclearMetric } from '../source.js';

/** One thing that was said, and what it was said about. */
export interface ServerFeedback {
  said: Said;
  /** What identifies it on its server: reading it again makes the same id. */
  recordId: string;
  recordType: string;
  /** As the server writes them. */
  created: unknown;
  updated: unknown;
  traceId?: string | null;
  spanId?: string | null;
  interactionId?: string | null;
  prompt?: Json | null;
  user?: string | null;
  session?: string | null;
  correction?: string | null;
  attributes?: Json;
  /** The record as it came, for the paths of `map`. */
  origin: Json;
}

const shownNames = 5;
const mostUnclear = 100;
const longestExample = 60;

/** Collects the records of one batch; one that cannot be used is counted by its reason, the others stand. */
export class RecordMaker {
  records: Json[] = [];
  rejected: SourceReject[] = [];
  readonly options: ShapeOptions;
  private readonly mapping: Mapping | null;
  private readonly unranged = new Set<string>();
  private readonly assumed = new Map<string, Set<string>>();
  private unclear = new Map<string, UnclearMetric>();

  /** `instance`: origin of the server. Throws CONFIG_INVALID for a wrong `map`. */
  constructor(
    private readonly config: SourceConfig,
    readonly instance: string,
    private readonly project: string | null,
  ) {
    this.options = {
      scores: config.scores ?? {},
      instance,
      onUnclear: (metric, value) => {
        this.wonder(metric, value);
      },
    };
    this.mapping = config.map === undefined ? null : compileMapping(config.map);
  }

  /** Runs `make`; a rejection is counted where `counts` holds (what is read again must not be counted again). */
  attempt(make: () => void, counts = true): void {
    try {
      make();
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      if (counts) this.rejected.push({ reason: error.reason, line: 0 });
    }
  }

  /** Counts what is not used, for another reason than its form. */
  reject(reason: string): void {
    this.rejected.push({ reason, line: 0 });
  }

  /** What was collected since the last call. */
  take(): { records: Json[]; rejected: SourceReject[]; unclear?: UnclearMetric[] } {
    const { records, rejected, unclear } = this;
    this.records = [];
    this.rejected = [];
    this.unclear = new Map();
    return { records, rejected, ...(unclear.size === 0 ? {} : { unclear: [...unclear.values()] }) };
  }

  private wonder(name: string, value: number | boolean | string | null): void {
    const entry = this.unclear.get(name) ?? { name, count: 0, examples: [] };
    if (!this.unclear.has(name) && this.unclear.size >= mostUnclear) return;
    this.unclear.set(name, entry);
    entry.count++;
    const example = String(value ?? '').slice(0, longestExample);
    if (entry.examples.length < 3 && example !== '' && !entry.examples.includes(example)) entry.examples.push(example);
  }

  /** A canonical interaction as a shape made it; this server becomes its source. */
  interaction(record: Json, recordType: string, recordId: string, origin: Json): void {
    this.add({ ...record, source: this.source(recordType, recordId, null) }, origin);
  }

  /** A canonical feedback record as a shape made it; this server becomes its source. */
  converted(record: Json, metric: string, recordType: string, recordId: string, origin: Json): void {
    this.noteRange(metric, record);
    const before = isObject(record['source']) ? textOf(field(record['source'], 'updated_at')) : null;
    this.add({ ...record, source: this.source(recordType, recordId, before) }, origin);
  }

  /** Nothing is added for a metric that the source leaves out, or that says nothing at all. Throws `Rejection`. */
  feedback(one: ServerFeedback): void {
    const said = feedbackOf(one.said, this.options);
    if (said === null || isEmpty(said, one)) return;
    const created = timeText(one.created);
    const updated = timeText(one.updated) ?? created;
    const attributes: Json = { ...one.attributes };
    for (const [key, value] of Object.entries(said['attributes'] as Json)) setOwn(attributes, key, value);
    const optional: Json = {
      trace_id: one.traceId,
      span_id: one.spanId,
      user: one.user,
      session: one.session,
      correction: one.correction,
      time: created ?? updated,
      observed_time: updated,
    };
    this.noteRange(one.said.metric, said);
    this.add(
      {
        schema: 'promptratchet.feedback/1',
        id: deterministicId(this.config.kind, this.instance, one.recordType, one.recordId),
        revision: 0,
        interaction_id: one.interactionId ?? null,
        prompt: one.prompt ?? noPrompt,
        ...said,
        ...this.correctionSignal(one),
        ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== null && value !== undefined)),
        attributes,
        source: this.source(one.recordType, one.recordId, updated),
      },
      one.origin,
    );
  }

  /** Whom a metric was taken to come from where its server cannot say so; `null` where the source's `scores` says it. */
  assume(metric: string, actor: NonNullable<ScoreMeaning['actor']>): NonNullable<ScoreMeaning['actor']> {
    const { scores } = this.options;
    const said = [metric, '*'].some((name) => Object.hasOwn(scores, name) && (scores[name]?.actor ?? scores[name]?.signal) !== undefined);
    if (!said) {
      const names = this.assumed.get(actor) ?? new Set<string>();
      this.assumed.set(actor, names.add(metric));
      this.wonder(metric, null);
    }
    return actor;
  }

  /** What a person should know of how it was read. */
  notes(): string[] {
    const notes: string[] = [];
    for (const [actor, names] of this.assumed) {
      notes.push(
        `${listed(names)}: taken as said by ${actorWords[actor] ?? actor}. If that is wrong, add scores: { NAME: { actor: … } } to the source ${this.config.name}.`,
      );
    }
    if (this.unranged.size > 0) {
      notes.push(
        `${listed(this.unranged)}: no range is known, so these scores are shown but not counted. Add scores: { NAME: { min: 0, max: 1 } } to the source ${this.config.name}.`,
      );
    }
    return notes;
  }

  /** What should have been answered is no score, unless the source says what it is. */
  private correctionSignal({ said: { metric }, correction }: ServerFeedback): Json {
    const { scores } = this.options;
    const declared = [metric, '*'].some((name) => Object.hasOwn(scores, name) && scores[name]?.signal !== undefined);
    return (correction ?? null) === null || declared ? {} : { signal: 'explicit.correction' };
  }

  private add(record: Json, origin: Json): void {
    if (this.mapping !== null) {
      const before = field(isObject(record['prompt']) ? record['prompt'] : {}, 'version');
      this.mapping.apply(origin, record);
      const prompt = record['prompt'];
      // A version from a configured path is known by that path, not by the tool's own word for it.
      if (isObject(prompt) && field(prompt, 'version') !== before && !this.mapping.fields.has('prompt.link'))
        record['prompt'] = { ...prompt, link: 'metadata' };
    }
    this.records.push(record);
  }

  private source(recordType: string, recordId: string, updated: string | null): Json {
    return {
      kind: this.config.kind,
      instance: this.instance,
      ...(this.project === null ? {} : { project: this.project }),
      record_type: recordType,
      record_id: recordId,
      ...(updated === null ? {} : { updated_at: updated }),
    };
  }

  private noteRange(metric: string, said: Json): void {
    const score = said['score'];
    if (
      isObject(score) &&
      score['y'] === null &&
      typeof score['raw'] === 'number' &&
      !this.unranged.has(metric) &&
      this.unranged.size < 100
    )
      this.unranged.add(metric);
  }
}

const actorWords: Record<string, string> = {
  end_user: 'end users',
  expert: 'experts',
  llm_judge: 'a model as judge',
  code: 'a program',
};

function isEmpty(said: Json, one: ServerFeedback): boolean {
  return ['score', 'label', 'text'].every((key) => said[key] === undefined) && (one.correction ?? null) === null;
}

/** A time of a server as ours; `null` for none and for what is no time. */
export function timeText(value: unknown): string | null {
  const ms = value === null || value === undefined ? null : parseTime(value);
  return ms === null ? null : toIso(ms);
}

function listed(names: ReadonlySet<string>): string {
  const all = [...names].sort().map((name) => (name === '' ? '(no name)' : name.slice(0, 60)));
  const rest = all.length - shownNames;
  return `${all.slice(0, shownNames).join(', ')}${rest > 0 ? ` and ${String(rest)} more` : ''}`;
}
