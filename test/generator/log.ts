/** Turns plans into the lines of a log in our own schema, and keeps what is true about them. */
import type { Person, Plan, Served } from './plan.js';
import { createDeck, type Random } from './random.js';
import { typed } from './wording.js';

export const DAY = 86_400_000;

export interface Entry {
  time: number;
  record: Record<string, unknown>;
}

export interface Rating {
  id: string;
  prompt: string;
  version: string;
  user: string;
  y: number;
  time: number;
  complaint: string | null;
}

export interface Log {
  entries: Entry[];
  ratings: Rating[];
  served: { prompt: string; version: string; user: string; error: boolean; retried: boolean }[];
  counts: Record<string, Record<string, number>>;
  /** What the text of a feedback line complains about, by its id. */
  complaints: Record<string, string>;
}

interface Use {
  id: string;
  time: number;
  served: Served;
  ok: boolean;
}

const ERRORS = ['timeout', 'rate_limited', 'upstream_502', 'context_length'];
const REVIEWERS = ['lead-isla', 'lead-tam', 'lead-grace'];

interface Builder {
  log: Log;
  add(plan: Plan): void;
}

/** Some time of a day, mostly when people are awake and less at weekends. `start` is a midnight, in ms; `days` count from it. */
export function moment(random: Random, start: number, days: readonly [number, number]): number {
  for (;;) {
    const day = Math.floor(days[0] + random.next() * (days[1] - days[0]));
    const hour = Math.min(23.9, Math.max(0.1, 13 + 3.6 * random.normal()));
    const time = start + Math.floor((day * DAY + (hour * DAY) / 24) / 1000) * 1000;
    const weekend = [0, 6].includes(new Date(time).getUTCDay());
    if (time >= start + days[0] * DAY && time < start + days[1] * DAY && !(weekend && random.chance(0.4))) return time;
  }
}

export function createBuilder(random: Random, start: number): Builder {
  const log: Log = { entries: [], ratings: [], served: [], counts: {}, complaints: {} };
  let interactions = 0;
  let feedbacks = 0;

  const at = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`;

  function add(plan: Plan): void {
    const prompt = { name: plan.prompt, version: plan.version };
    const decks = new Map(plan.complaints.map((each) => [each.id, createDeck(random, each.lines)]));
    const praise = createDeck(random, plan.praise);

    function say(time: number, record: Record<string, unknown>): string {
      const id = `f-${(feedbacks++).toString(36).padStart(4, '0')}`;
      const signal = String(record['signal']);
      const counts = (log.counts[`${plan.prompt}@${plan.version}`] ??= {});
      counts[signal] = (counts[signal] ?? 0) + 1;
      log.entries.push({ time, record: { schema: 'promptratchet.feedback/1', id, time: at(time), prompt, ...record } });
      return id;
    }

    function use(person: Person): Use {
      const served = plan.serve(random, person);
      const time = moment(random, start, plan.days);
      const id = `i-${(interactions++).toString(36).padStart(4, '0')}`;
      const failed = random.chance(plan.errors);
      const retries = random.chance(failed ? 0.8 : 0.03) ? random.int(1, 2) : 0;
      const latency = Math.round(plan.latency * Math.exp(0.45 * random.normal()) * (1 + retries) + (failed ? 4000 : 0));
      const system = failed
        ? { status: 'error', error_type: random.pick(ERRORS), latency_ms: latency, retries }
        : { status: 'ok', latency_ms: latency, ...(retries > 0 ? { retries } : {}) };
      log.entries.push({
        time,
        record: {
          schema: 'promptratchet.interaction/1',
          id,
          time: at(time),
          prompt,
          user: person.id,
          attributes: { plan: person.plan },
          input: { variables: served.variables },
          ...(failed ? {} : { output: { text: served.output } }),
          ...(served.documents === undefined
            ? {}
            : {
                retrieval: {
                  top_k: served.documents.length,
                  documents: served.documents.map((document, rank) => ({
                    id: document,
                    score: Math.round((0.92 - 0.11 * rank - 0.1 * random.next()) * 1000) / 1000,
                    rank: rank + 1,
                  })),
                },
              }),
          system,
        },
      });
      log.served.push({ prompt: plan.prompt, version: plan.version, user: person.id, error: failed, retried: retries > 0 });
      if (failed) say(time + latency, { interaction_id: id, signal: 'system.error', label: system.error_type });
      else if (latency > 8000) say(time + latency, { interaction_id: id, signal: 'system.latency', label: 'over 8 s' });
      if (retries > 0 && random.chance(0.5)) say(time + latency, { interaction_id: id, signal: 'system.retry' });
      if (!failed) implicit(id, time, person);
      if (!failed && random.chance(plan.reviewed)) {
        say(Math.min(time + random.int(1, 3) * 43_200_000, start + plan.days[1] * DAY), {
          interaction_id: id,
          signal: 'review.score',
          actor: { kind: 'expert', id: random.pick(REVIEWERS) },
          score: { raw: 1 + random.binomial(4, plan.quality), min: 1, max: 5 },
          review: { queue: 'weekly', stratum: 'random', inclusion_prob: plan.reviewed },
        });
      }
      return { id, time, served, ok: !failed };
    }

    function implicit(id: string, time: number, person: Person): void {
      for (const [kind, chance] of Object.entries(plan.implicit)) {
        if (!random.chance(chance)) continue;
        const raw = kind === 'copy' || kind === 'accept' ? 1 : 0;
        say(time + random.int(2, 90) * 1000, {
          interaction_id: id,
          signal: `implicit.${kind}`,
          user: person.id,
          score: { raw, min: 0, max: 1 },
        });
      }
    }

    function rate(person: Person, one: Use, content: number): void {
      const time = one.time + random.int(8, 1500) * 1000;
      const stars = random.chance(plan.stars);
      const raw = stars ? 1 + random.binomial(4, content) : random.chance(content) ? 1 : 0;
      const y = stars ? (raw - 1) / 4 : raw;
      const complaint = y < 0.5 && random.chance(0.55) ? weighted(plan) : null;
      const text =
        complaint !== null
          ? typed(random, decks.get(complaint)?.() ?? '', 0.15)
          : y > 0.5 && random.chance(0.22)
            ? typed(random, praise(), 0.1)
            : null;
      const apart = text !== null && random.chance(0.3);
      const common = { interaction_id: one.id, user: person.id };
      const id = say(time, {
        ...common,
        signal: stars ? 'explicit.rating' : 'explicit.thumb',
        score: stars ? { raw, min: 1, max: 5 } : { raw, min: 0, max: 1 },
        attributes: { plan: person.plan },
        ...(text !== null && !apart ? { text } : {}),
      });
      log.ratings.push({ id, prompt: plan.prompt, version: plan.version, user: person.id, y, time, complaint });
      const written = apart ? say(time + 9000, { ...common, signal: 'explicit.comment', text }) : id;
      if (complaint !== null) log.complaints[written] = complaint;
      if (y < 0.5 && one.served.correct !== undefined && random.chance(plan.corrects)) {
        say(time + 15_000, { ...common, signal: 'explicit.correction', correction: one.served.correct });
      }
    }

    function weighted(of: Plan): string {
      let rest = random.next();
      for (const each of of.complaints) if ((rest -= each.share) < 0) return each.id;
      return of.complaints.at(-1)?.id ?? '';
    }

    const ordinary = (plan.quality * plan.raters - plan.heavy.quality * plan.heavy.count) / (plan.raters - plan.heavy.count);
    random.shuffle(plan.people).forEach((person, i) => {
      const heavy = i < plan.heavy.count;
      const ratings = heavy ? random.int(...plan.heavy.ratings) : i < plan.raters ? random.pick([1, 1, 1, 2, 2, 3]) : 0;
      const uses = Array.from({ length: Math.max(random.int(...plan.uses), ratings) }, () => use(person));
      const mean = heavy ? plan.heavy.quality : ordinary;
      const content = random.beta(mean * plan.agreement, (1 - mean) * plan.agreement);
      const rateable = uses.filter((one) => one.ok);
      for (const one of random.shuffle(rateable).slice(0, ratings)) rate(person, one, content);
    });
  }

  return { log, add };
}
