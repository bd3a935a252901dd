/** The log of the sample workspace: the desk of Thistle & Rook, 30 days. */
import { createBuilder, moment, type Entry, type Log } from './log.js';
import { createPeople } from './people.js';
import type { Plan, Served } from './plan.js';
import { createRandom, type Random } from './random.js';
import {
  answerMisses,
  answerPraise,
  answerTooLong,
  orderComplaints,
  orderPraise,
  summaryComplaints,
  summaryPraise,
} from './text/otherComments.js';
import { byTeam } from './text/messages.js';
import { closings, greetings, reasons } from './text/replies.js';
import { threads } from './text/threads.js';
import { topics } from './text/topics.js';
import { chatty, miscellaneous, praise, slow, wrongTeam } from './text/triageComments.js';
import { orderMessage } from './text/orderMessages.js';
import { fill, teamMessage, typed } from './wording.js';

const SAMPLE_SEED = 20_261_120;
const START = Date.UTC(2026, 9, 22);
const TEAMS = Object.keys(byTeam);

export interface Sample {
  log: Log;
  plans: Plan[];
  /** Lines of the old widget's log, which `map` explains. */
  widget: { time: number; user: string; version: string | null; stars: number; record: Record<string, unknown> }[];
}

export function buildSample(seed = SAMPLE_SEED): Sample {
  const random = createRandom(seed);
  const helpers = createPeople(random, 'h', 210, [
    ['shop', 6],
    ['society', 3],
    ['desk', 1],
  ]);
  const customers = createPeople(random, 'c', 350, [
    ['free', 5],
    ['almanac', 4],
  ]);
  const plans = samplePlans(random, helpers, customers);
  const { log, add } = createBuilder(random, START);
  for (const plan of plans) add(plan);
  const widget = widgetLines(random);
  unattributed(random, log);
  return { log, plans, widget };
}

function samplePlans(random: Random, helpers: Plan['people'], customers: Plan['people']): Plan[] {
  const common = { errors: 0.02, corrects: 0, reviewed: 0.02, heavy: { count: 0, ratings: [0, 0] as const, quality: 0 } };
  const answer = {
    ...common,
    prompt: 'support/answer',
    agreement: 2.5,
    uses: [1, 3] as const,
    stars: 0.6,
    praise: answerPraise,
    latency: 1900,
  };
  return [
    {
      ...common,
      prompt: 'support/triage',
      version: 'v1',
      quality: 0.28,
      agreement: 2.2,
      people: helpers.slice(0, 205),
      raters: 132,
      heavy: { count: 9, ratings: [12, 22], quality: 0.06 },
      uses: [1, 6],
      days: [0, 30],
      stars: 0.15,
      complaints: [
        { id: 'chatty', share: 0.68, lines: chatty },
        { id: 'wrong-team', share: 0.16, lines: wrongTeam },
        { id: 'slow', share: 0.06, lines: slow },
        { id: 'other', share: 0.1, lines: miscellaneous },
      ],
      praise,
      corrects: 0.4,
      latency: 1500,
      errors: 0.025,
      implicit: { copy: 0.08, accept: 0.12, regenerate: 0.22, abandon: 0.25 },
      serve: serveTriage,
    },
    {
      ...answer,
      version: 'v1',
      quality: 0.82,
      people: random.shuffle(customers).slice(0, 185),
      raters: 88,
      days: [0, 16.4],
      complaints: [{ id: 'misses', share: 1, lines: answerMisses }],
      implicit: { copy: 0.14, accept: 0.3, regenerate: 0.05, abandon: 0.06 },
      serve: serveAnswer('v1'),
    },
    {
      ...answer,
      version: 'v2',
      quality: 0.66,
      people: random.shuffle(customers).slice(0, 200),
      raters: 112,
      days: [16, 30],
      latency: 3100,
      complaints: [
        { id: 'too-long', share: 0.72, lines: answerTooLong },
        { id: 'misses', share: 0.28, lines: answerMisses },
      ],
      implicit: { copy: 0.06, accept: 0.16, regenerate: 0.12, abandon: 0.21 },
      serve: serveAnswer('v2'),
    },
    {
      ...common,
      prompt: 'orders/find-order',
      version: 'v1',
      quality: 0.94,
      agreement: 6,
      people: random.shuffle(helpers).slice(0, 170),
      raters: 72,
      uses: [1, 4],
      days: [0, 30],
      stars: 0,
      complaints: [{ id: 'wrong-number', share: 1, lines: orderComplaints }],
      praise: orderPraise,
      latency: 420,
      errors: 0.01,
      implicit: { copy: 0.55, regenerate: 0.02 },
      serve: serveOrder,
    },
    {
      ...common,
      prompt: 'support/summarize',
      version: 'v1',
      quality: 0.72,
      agreement: 3,
      people: helpers.slice(100, 162),
      raters: 16,
      uses: [1, 2],
      days: [9, 30],
      stars: 0.5,
      complaints: [{ id: 'left-out', share: 1, lines: summaryComplaints }],
      praise: summaryPraise,
      latency: 2600,
      reviewed: 0.05,
      implicit: { accept: 0.35, regenerate: 0.08 },
      serve: serveSummary,
    },
  ];
}

function serveTriage(random: Random): Served {
  const team = random.pick(TEAMS);
  const said = random.chance(0.82) ? team : random.pick(TEAMS);
  const output = [random.pick(greetings), random.pick(reasons[said] ?? []), random.pick(closings[said] ?? [])].join(' ');
  return { variables: { message: teamMessage(random, team) }, output: random.chance(0.3) ? cut(random, output) : output, correct: team };
}

/** As an answer ends that ran into its limit of tokens. */
function cut(random: Random, text: string): string {
  const words = text.split(' ');
  return words.slice(0, random.int(Math.floor(words.length / 2), words.length - 4)).join(' ');
}

function serveAnswer(version: 'v1' | 'v2'): (random: Random) => Served {
  return (random) => {
    const topic = random.pick(topics);
    const short = random.pick(topic.short);
    return {
      variables: { question: typed(random, random.pick(topic.questions), 0.3), documents: topic.passage },
      output: version === 'v1' ? short : `${topic.background} ${short} ${topic.related}`,
      documents: [topic.document, ...topic.others],
    };
  };
}

function serveOrder(random: Random): Served {
  const number = `TR-${String(random.int(10_000, 99_999))}`;
  return {
    variables: { message: typed(random, fill(random, orderMessage(random, number)), 0.1) },
    output: random.chance(0.96) ? number : number.slice(0, -1),
  };
}

function serveSummary(random: Random): Served {
  const { thread, note } = random.pick(threads);
  return { variables: { thread }, output: note };
}

/** Ratings of the widget that the desk had until the 3rd of November; a few pages never told it which version they showed. */
function widgetLines(random: Random): Sample['widget'] {
  const people = createPeople(random, 'w', 118, [['web', 1]]);
  const lines = people.flatMap((person) => {
    const content = random.beta(0.82 * 2.5, 0.18 * 2.5);
    return Array.from({ length: random.pick([1, 1, 1, 1, 2]) }, () => {
      const time = moment(random, START, [0, 12]);
      const topic = random.pick(topics);
      const stars = 1 + random.binomial(4, content);
      const version = random.chance(0.07) ? null : 'v1';
      const note =
        stars <= 2 && random.chance(0.5) ? random.pick(answerMisses) : stars >= 4 && random.chance(0.2) ? random.pick(answerPraise) : null;
      const record = {
        when: new Date(time).toISOString(),
        customer: person.id,
        asked: random.pick(topic.questions),
        reply: random.pick(topic.short),
        stars,
        ...(note === null ? {} : { note }),
        meta: {
          page: random.pick(['/help', '/help/returns', '/basket', '/almanac']),
          ...(version === null ? {} : { prompt_rev: version }),
        },
      };
      return { time, user: person.id, version, stars, record };
    });
  });
  return lines.sort((a, b) => a.time - b.time || a.user.localeCompare(b.user));
}

/** Thumbs that lost the answer they were about, and three that could have been about several. */
function unattributed(random: Random, log: Log): void {
  for (let i = 0; i < 14; i++) {
    const time = moment(random, START, [0, 30]);
    const ambiguous = i >= 11;
    const record: Entry['record'] = {
      schema: 'promptratchet.feedback/1',
      id: `f-lost${String(i).padStart(2, '0')}`,
      time: `${new Date(time).toISOString().slice(0, 19)}Z`,
      ...(ambiguous ? { prompt: { name: 'support/answer', version: null, link: 'ambiguous' } } : {}),
      signal: 'explicit.thumb',
      user: `c-lost${String(i).padStart(2, '0')}`,
      score: { raw: random.int(0, 1), min: 0, max: 1 },
      ...(i % 4 === 0 ? { text: random.pick(answerMisses) } : {}),
    };
    log.entries.push({ time, record });
  }
}
