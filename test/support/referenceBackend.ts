/**
 * The contract of `FeedbackBackend` in the plainest words: loops over canonical records in memory, nothing quick, nothing shared with the
 * implementations. What they are compared with, and what a test of scores is fed by.
 */
import { createHash } from 'node:crypto';
import type {
  ComplaintRow,
  DaySums,
  FeedbackBackend,
  GroupSums,
  KnownVersions,
  PeriodSums,
  ProxySums,
  SumsRequest,
  UnitSums,
  Window,
} from '../../src/engine/feedback/backend.js';
import type { FeedbackQuery, Link } from '../../src/engine/feedback/types.js';
import type { FeedbackRow } from '../../src/shared/documents.js';

export type CanonicalRecord = Record<string, unknown>;

interface Said {
  id: string;
  time: number;
  raw: CanonicalRecord;
  signal: string;
  channel: string | null;
  y: number | null;
  /** 1 / inclusion probability. */
  p: number;
  stratum: string | null;
  noProbability: boolean;
  served: Served | null;
  ambiguousTrace: boolean;
  unit: string;
  text: string | null;
  correction: string | null;
}

interface Served {
  id: string;
  time: number;
  raw: CanonicalRecord;
}

interface Attribution {
  prompt: string | null;
  version: string | null;
  link: Link;
}

const dayMs = 86_400_000;
const order: Link[] = ['none', 'ambiguous', 'flag', 'metadata', 'hash', 'exact'];
const rank = (link: Link): number => order.indexOf(link);
const text = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
const object = (value: unknown): CanonicalRecord => (typeof value === 'object' && value !== null ? (value as CanonicalRecord) : {});
const timeOf = (record: CanonicalRecord): number => Date.parse(text(record['time']) ?? '');
const newest = (a: { time: number; id: string }, b: { time: number; id: string }): number => b.time - a.time || (a.id < b.id ? -1 : 1);
const total = (values: number[]): number => values.reduce((sum, each) => sum + each, 0);

export const referencePseudonym = (user: string): string => createHash('sha256').update(user).digest('hex').slice(0, 32);

export function createReferenceBackend(records: readonly CanonicalRecord[], source = 'log'): FeedbackBackend {
  const latest = new Map<string, CanonicalRecord>();
  for (const record of records) {
    const key = `${String(record['schema'])} ${String(record['id'])}`;
    if (Number(record['revision'] ?? 0) >= Number(latest.get(key)?.['revision'] ?? -1)) latest.set(key, record);
  }
  const served: Served[] = [];
  for (const raw of latest.values()) {
    if (String(raw['schema']).includes('interaction')) served.push({ id: String(raw['id']), time: timeOf(raw), raw });
  }
  const said: Said[] = [];
  for (const raw of latest.values()) if (String(raw['schema']).includes('feedback')) said.push(readSaid(raw));

  function readSaid(raw: CanonicalRecord): Said {
    const { served: by, ambiguous } = interactionOf(raw);
    const signal = String(raw['signal']);
    const actor = text(object(raw['actor'])['kind']) ?? 'end_user';
    const score = object(raw['score']);
    const number = typeof score['raw'] === 'number' ? score['raw'] : null;
    const [min, max] = [Number(score['min'] ?? 0), Number(score['max'] ?? 1)];
    const review = object(raw['review']);
    const probability = review['inclusion_prob'];
    const known = typeof probability === 'number' && probability > 0 && probability <= 1;
    return {
      id: String(raw['id']),
      time: timeOf(raw),
      raw,
      signal,
      channel: channelOf(signal, actor),
      y: number === null ? null : (number - min) / (max - min),
      p: known ? 1 / probability : 1,
      stratum: text(review['stratum']),
      noProbability: !known,
      served: by,
      ambiguousTrace: ambiguous,
      unit:
        named('user', raw['user']) ??
        named('user', by?.raw['user']) ??
        named('session', raw['session']) ??
        named('session', by?.raw['session']) ??
        `event ${String(raw['id'])}`,
      text: text(raw['text']),
      correction: text(raw['correction']),
    };
  }

  function named(kind: string, value: unknown): string | null {
    const name = text(value);
    return name === null ? null : `${kind} ${name}`;
  }

  /** By interaction id, else by trace and span, else by trace alone. */
  function interactionOf(raw: CanonicalRecord): { served: Served | null; ambiguous: boolean } {
    const id = text(raw['interaction_id']);
    if (id !== null) return { served: served.find((each) => each.id === id) ?? null, ambiguous: false };
    const [trace, span] = [text(raw['trace_id']), text(raw['span_id'])];
    if (trace === null) return { served: null, ambiguous: false };
    const inTrace = served.filter((each) => text(each.raw['trace_id']) === trace);
    if (span !== null) {
      const exact = inTrace.find((each) => text(each.raw['span_id']) === span);
      if (exact !== undefined) return { served: exact, ambiguous: false };
    }
    const prompted = inTrace.filter(
      (each) => text(object(each.raw['prompt'])['name']) !== null || text(object(each.raw['prompt'])['sha256']) !== null,
    );
    return prompted.length === 1 ? { served: prompted[0] ?? null, ambiguous: false } : { served: null, ambiguous: prompted.length > 1 };
  }

  const attributionOf = (each: Said, known: KnownVersions): Attribution => {
    const own = ownAttribution(each.raw, known);
    if (each.ambiguousTrace && rank(own.link) < rank('flag')) return { ...own, version: null, link: 'ambiguous' };
    return each.served === null ? own : combine(own, ownAttribution(each.served.raw, known));
  };

  const segmentOf = (each: Said, key: string): string | null => {
    const name = key.replace(/^(?:attributes|input\.variables|variables)\./, '');
    return (
      text(object(each.raw['attributes'])[name]) ??
      text(object(each.served?.raw['attributes'])[name]) ??
      text(object(object(each.served?.raw['input'])['variables'])[name])
    );
  };

  const inWindow = (time: number, window: Window): boolean => {
    if (window.asked && time > window.asOf) return false;
    const at = Math.min(time, window.asOf);
    return (window.since === null || at >= window.since) && (window.until === null || at < window.until);
  };

  function groupSums(prompt: string, version: string | null, request: SumsRequest): GroupSums {
    const { window, known, halfLifeMs } = request;
    const is = (found: Attribution): boolean => found.link !== 'ambiguous' && found.prompt === prompt && found.version === version;
    const mine = said.filter((each) => inWindow(each.time, window) && is(attributionOf(each, known)));
    const interactions = served.filter((each) => inWindow(each.time, window) && is(ownAttribution(each.raw, known)));
    const at = (each: Said): number => Math.min(each.time, window.asOf);
    const byUnit = (list: readonly Said[]): Said[][] => {
      const units = new Map<string, Said[]>();
      for (const each of list) units.set(each.unit, [...(units.get(each.unit) ?? []), each]);
      return [...units.values()];
    };
    const mean = (unit: readonly Said[]): number => total(unit.map((each) => (each.y ?? 0) * each.p)) / total(unit.map((each) => each.p));
    const weight = (unit: readonly Said[]): number =>
      (2 ** (-Math.max(0, window.asOf - Math.max(...unit.map(at))) / halfLifeMs) * total(unit.map((each) => each.p))) / unit.length;
    const unitSums = (list: readonly Said[], whole: readonly Said[] | null = null): UnitSums => {
      const units = byUnit(list);
      const weights = units.map((unit) => weight(whole === null ? unit : whole.filter((each) => each.unit === unit[0]?.unit)));
      return {
        users: units.length,
        events: list.length,
        w: total(weights),
        w2: total(weights.map((each) => each * each)),
        wy: total(units.map((unit, i) => (weights[i] ?? 0) * mean(unit))),
      };
    };
    const period = (units: readonly (readonly Said[])[]): PeriodSums => ({
      users: units.length,
      sum: total(units.map(mean)),
      sum2: total(units.map((unit) => mean(unit) ** 2)),
    });
    const channel = (name: string): Said[] =>
      mine.filter((each) => {
        if (each.y === null) return false;
        if (name === 'expert') return each.channel === 'expert' && !(each.stratum === 'risk' && each.noProbability);
        if (name === 'expertRandom') return each.channel === 'expert' && each.stratum === 'random';
        if (name.startsWith('implicit.')) return each.channel === 'implicit' && each.signal === name;
        return each.channel === name;
      });
    const names = [
      'explicit',
      'expert',
      'expertRandom',
      'judge',
      ...new Set(mine.map((each) => each.signal).filter((each) => each.startsWith('implicit.'))),
    ];
    const filled = names.filter((name) => channel(name).length > 0);
    const dayOf = (each: Said): number => Math.floor(window.asOf / dayMs) - Math.floor(at(each) / dayMs);
    const days = (list: readonly Said[]): DaySums[] =>
      [...new Set(list.map(dayOf))]
        .filter((day) => day < request.days)
        .sort((a, b) => a - b)
        .map((day) => {
          const units = byUnit(list.filter((each) => dayOf(each) === day));
          const first = period(units.filter((unit) => Math.max(...list.filter((each) => each.unit === unit[0]?.unit).map(dayOf)) === day));
          return { day, ...period(units), firstUsers: first.users, firstSum: first.sum, firstSum2: first.sum2 };
        });
    const week = (list: readonly Said[], from: number): PeriodSums =>
      period(byUnit(list.filter((each) => at(each) > window.asOf - (from + 7) * dayMs && at(each) <= window.asOf - from * dayMs)));
    const headline = filled.filter((name) => name === 'explicit' || name === 'expertRandom');
    const values = new Map<string, Set<string>>();
    const { segment } = request;
    if (segment !== null) {
      for (const each of headline.flatMap(channel)) {
        const value = segmentOf(each, segment);
        if (value !== null) values.set(value, (values.get(value) ?? new Set()).add(each.unit));
      }
    }
    const system = (signal: string, state: (each: Served) => boolean | null): { hits: number; known: number } => {
      const signals = mine.filter((each) => each.signal === signal);
      const namedRows = new Set(signals.map((each) => each.served?.id));
      const alone = interactions.length > 0 ? signals.filter((each) => each.served === null).length : 0;
      const counted = interactions.filter((each) => state(each) !== null || signals.length > 0);
      return {
        hits: alone + counted.filter((each) => state(each) === true || namedRows.has(each.id)).length,
        known: alone + counted.length,
      };
    };
    const errors = system('system.error', (each) => {
      const status = object(each.raw['system'])['status'];
      return status === undefined ? null : status === 'error';
    });
    const retries = system('system.retry', (each) => {
      const count = object(each.raw['system'])['retries'];
      return typeof count === 'number' ? count > 0 : null;
    });
    const latencies = interactions.flatMap((each) => {
      const value = object(each.raw['system'])['latency_ms'];
      return typeof value === 'number' ? [value] : [];
    });
    const rated = new Set(channel('explicit').map((each) => each.served?.id));
    return {
      prompt,
      version,
      channels: new Map(filled.map((name) => [name, unitSums(channel(name))])),
      days: new Map(headline.map((name) => [name, days(channel(name))] as const).filter(([, list]) => list.length > 0)),
      weeks: new Map(
        headline
          .map((name) => [name, { last: week(channel(name), 0), before: week(channel(name), 7) }] as const)
          .filter(([, { last, before }]) => last.users + before.users > 0),
      ),
      system: {
        interactions: interactions.length,
        real: interactions.length,
        rated: interactions.filter((each) => rated.has(each.id)).length,
        errors: errors.hits,
        errorsKnown: errors.known,
        retries: retries.hits,
        retriesKnown: retries.known,
        latencyP50: quantile(latencies, 0.5),
        latencyP95: quantile(latencies, 0.95),
      },
      proxies: proxies(
        channel('expertRandom'),
        filled.filter((name) => !name.startsWith('expert')).map((name) => [name, channel(name)]),
      ),
      segments: [...values]
        .sort(([a, x], [b, y]) => y.size - x.size || (a < b ? -1 : 1))
        .slice(0, 100)
        .map(([value]) => {
          const inside = (name: string, yes: boolean): Said[] =>
            channel(name).filter((each) => (segmentOf(each, segment ?? '') === value) === yes);
          const own = headline.filter((name) => inside(name, true).length > 0);
          return {
            value,
            channels: new Map(own.map((name) => [name, unitSums(inside(name, true))])),
            rest: new Map(
              own.filter((name) => inside(name, false).length > 0).map((name) => [name, unitSums(inside(name, false), channel(name))]),
            ),
          };
        }),
      complaints: mine.filter(isComplaint).length,
    };
  }

  const rowOf = (each: Said, known: KnownVersions): FeedbackRow => {
    const found = attributionOf(each, known);
    const user = text(each.raw['user']);
    return {
      id: each.id,
      time: new Date(each.time).toISOString(),
      source,
      line: null,
      prompt: found.prompt,
      version: found.version,
      link: found.link,
      signal: each.signal,
      actor: text(object(each.raw['actor'])['kind']) ?? 'end_user',
      user: user === null ? null : referencePseudonym(user),
      y: each.y,
      raw: (object(each.raw['score'])['raw'] as number | undefined) ?? null,
      label: text(each.raw['label']),
      text: each.text,
      correction: each.correction,
      interaction: text(each.raw['interaction_id']),
    };
  };

  return {
    sums(request) {
      const inside = said.filter((each) => inWindow(each.time, request.window));
      const found = inside.map((each) => attributionOf(each, request.known));
      const all = [
        ...found,
        ...served.filter((each) => inWindow(each.time, request.window)).map((each) => ownAttribution(each.raw, request.known)),
      ].filter((each) => each.link !== 'ambiguous' && each.prompt !== null);
      const keys = [...new Set(all.map((each) => JSON.stringify([each.prompt, each.version])))];
      const groups = keys
        .map((key) => JSON.parse(key) as [string, string | null])
        .filter(([prompt]) => request.prompts === null || request.prompts.includes(prompt))
        .map(([prompt, version]) => groupSums(prompt, version, request));
      const unattributed = {
        none: found.filter((each) => each.link !== 'ambiguous' && each.prompt === null).length,
        ambiguous: found.filter((each) => each.link === 'ambiguous').length,
      };
      return Promise.resolve({ groups, unattributed });
    },
    complaints(groups, { window, known, limit }) {
      const ofGroup = ({ prompt, version }: { prompt: string; version: string | null }): ComplaintRow[] => {
        const mine = said.filter((each) => {
          const found = attributionOf(each, known);
          return inWindow(each.time, window) && found.link !== 'ambiguous' && found.prompt === prompt && found.version === version;
        });
        const liked = new Set(
          mine.filter((each) => each.channel === 'explicit' && (each.y ?? 0) >= 0.5 && each.served !== null).map((each) => each.served?.id),
        );
        const rows = mine
          .filter((each) => isComplaint(each) && (each.y !== null || each.served === null || !liked.has(each.served.id)))
          .map((each): ComplaintRow => ({
            id: each.id,
            time: Math.min(each.time, window.asOf),
            unit: each.unit,
            text: each.text ?? '',
            rated: each.y !== null,
          }));
        return rows.sort(newest).slice(0, limit);
      };
      return Promise.resolve(groups.map(ofGroup));
    },
    page(query, known) {
      const matches = said.filter((each) => accepts(each, query, rowOf(each, known), segmentOf)).sort(newest);
      const start = query.cursor === undefined ? (query.offset ?? 0) : matches.findIndex((each) => each.id === query.cursor) + 1;
      const end = start + (query.limit ?? 50);
      return Promise.resolve({
        rows: matches.slice(start, end).map((each) => rowOf(each, known)),
        total: matches.length,
        nextCursor: end < matches.length ? (matches[end - 1]?.id ?? null) : null,
      });
    },
    detail(id, known) {
      const found = said.find((each) => each.id === id);
      if (found === undefined) return Promise.resolve(null);
      const by = found.served;
      const others = said.filter((each) => by !== null && each !== found && each.served === by).sort(newest);
      return Promise.resolve({
        row: rowOf(found, known),
        interaction:
          by === null
            ? null
            : {
                id: by.id,
                time: new Date(by.time).toISOString(),
                variables: object(object(by.raw['input'])['variables']) as Record<string, string>,
                input: text(object(by.raw['input'])['text']),
                output: text(object(by.raw['output'])['text']),
                documents: [],
                latencyMs: (object(by.raw['system'])['latency_ms'] as number | undefined) ?? null,
                error: text(object(by.raw['system'])['error_type']) ?? (object(by.raw['system'])['status'] === 'error' ? 'error' : null),
              },
        others: others.map((each) => rowOf(each, known)),
      });
    },
    attributes() {
      const counts = new Map<string, number>();
      for (const { raw } of [...said, ...served]) {
        for (const name of Object.keys(object(raw['attributes']))) counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      return Promise.resolve(
        [...counts]
          .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
          .slice(0, 50)
          .map(([name]) => name),
      );
    },
  };
}

function channelOf(signal: string, actor: string): string | null {
  if (signal.startsWith('system.')) return 'system';
  if (actor === 'llm_judge' || signal.startsWith('judge.')) return 'judge';
  if (actor === 'expert') return 'expert';
  if (signal.startsWith('review.')) return actor === 'end_user' ? 'expert' : null;
  if (actor !== 'end_user') return null;
  return signal.startsWith('explicit.') ? 'explicit' : signal.startsWith('implicit.') ? 'implicit' : null;
}

function isLow(each: Said): boolean {
  if (each.y !== null) return each.y < 0.5;
  return (each.text !== null || each.correction !== null) && each.signal.startsWith('explicit.');
}

function isComplaint(each: Said): boolean {
  return each.text !== null && (each.channel === 'explicit' || each.channel === 'expert') && isLow(each);
}

function accepts(each: Said, query: FeedbackQuery, row: FeedbackRow, segmentOf: (each: Said, key: string) => string | null): boolean {
  const words = (value: string): string[] => value.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const wanted = words(query.search ?? '');
  const there = [each.text, each.correction].flatMap((value) => words(value ?? ''));
  return (
    (query.prompt === undefined || row.prompt === query.prompt) &&
    (query.version === undefined || row.version === query.version) &&
    (query.low !== true || isLow(each)) &&
    (query.signal === undefined || each.signal === query.signal || each.signal.startsWith(`${query.signal}.`)) &&
    (query.user === undefined || row.user === referencePseudonym(query.user) || row.user === query.user) &&
    (query.since === undefined || each.time >= Date.parse(query.since)) &&
    (query.until === undefined || each.time < Date.parse(query.until)) &&
    (query.minY === undefined || (each.y !== null && each.y >= query.minY)) &&
    (query.maxY === undefined || (each.y !== null && each.y <= query.maxY)) &&
    (query.source === undefined || row.source === query.source) &&
    (query.segment === undefined || segmentOf(each, query.segment.key) === query.segment.value) &&
    wanted.every((word, i) => there.some((other) => (i === wanted.length - 1 ? other.startsWith(word) : other === word)))
  );
}

function ownAttribution(raw: CanonicalRecord, known: KnownVersions): Attribution {
  const ref = object(raw['prompt']);
  const [prompt, version, declared] = [text(ref['name']), text(ref['version']), text(ref['link']) as Link | null];
  if (declared === 'ambiguous') return { prompt, version: null, link: 'ambiguous' };
  if (version !== null) {
    const link = declared ?? 'exact';
    return link === 'none' || prompt === null ? { prompt, version: null, link: 'none' } : { prompt, version, link };
  }
  const sha256 = text(ref['sha256']);
  const candidates = (sha256 === null ? [] : (known.bySha256.get(sha256) ?? [])).filter(
    (each) => prompt === null || each.prompt === prompt,
  );
  if (candidates.length > 1) return { prompt, version: null, link: 'ambiguous' };
  if (candidates[0] !== undefined) return { ...candidates[0], link: 'hash' };
  const variant = text(object(raw['rollout'])['variant']);
  const isVersion =
    variant !== null &&
    (/^v\d+$/.test(variant) || [...known.bySha256.values()].flat().some((each) => each.prompt === prompt && each.version === variant));
  return isVersion && prompt !== null ? { prompt, version: variant, link: 'flag' } : { prompt, version: null, link: 'none' };
}

/** Feedback's own attribution with that of its interaction. */
function combine(own: Attribution, by: Attribution): Attribution {
  const sure = (each: Attribution): boolean => rank(each.link) >= rank('flag');
  const ambiguous: Attribution = { prompt: own.prompt ?? by.prompt, version: null, link: 'ambiguous' };
  const differ = own.prompt !== null && by.prompt !== null && own.prompt !== by.prompt;
  if (sure(own) && sure(by)) {
    if (own.prompt === by.prompt && own.version === by.version) return rank(own.link) >= rank(by.link) ? own : by;
    if (own.link === by.link) return ambiguous;
    return rank(own.link) > rank(by.link) ? own : by;
  }
  if (sure(by)) return differ ? ambiguous : by;
  if (own.link !== 'none') return own;
  if (by.link === 'ambiguous' || differ) return ambiguous;
  return { prompt: own.prompt ?? by.prompt, version: null, link: 'none' };
}

function proxies(labels: readonly Said[], channels: readonly (readonly [string, readonly Said[]])[]): ProxySums[] {
  const means = (list: readonly Said[]): Map<string, number> => {
    const byId = new Map<string, number[]>();
    for (const each of list) if (each.served !== null) byId.set(each.served.id, [...(byId.get(each.served.id) ?? []), each.y ?? 0]);
    return new Map([...byId].map(([id, values]) => [id, total(values) / values.length]));
  };
  const ys = means(labels);
  return channels.flatMap(([proxy, list]) => {
    const fs = means(list);
    const both = [...fs].filter(([id]) => ys.has(id)).map(([id, f]) => ({ y: ys.get(id) ?? 0, f }));
    const rest = [...fs].filter(([id]) => !ys.has(id)).map(([, f]) => f);
    if (both.length === 0) return [];
    return [
      {
        proxy,
        n: both.length,
        y: total(both.map((each) => each.y)),
        y2: total(both.map((each) => each.y ** 2)),
        f: total(both.map((each) => each.f)),
        f2: total(both.map((each) => each.f ** 2)),
        yf: total(both.map((each) => each.y * each.f)),
        N: rest.length,
        fN: total(rest),
        fN2: total(rest.map((each) => each ** 2)),
      },
    ];
  });
}

function quantile(values: readonly number[], p: number): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * p;
  const low = sorted[Math.floor(at)] ?? 0;
  return low + ((sorted[Math.ceil(at)] ?? low) - low) * (at - Math.floor(at));
}
