/** The log of the second workspace: real messages (banking77), simulated clerks. */
import { createBuilder, type Log } from './log.js';
import { createPeople } from './people.js';
import type { Plan } from './plan.js';
import { createRandom, type Random } from './random.js';
import { clerksPraise, mixedUp, ownWords } from './text/bankingComments.js';
import { versionTruths } from './truth.js';

export interface Message {
  text: string;
  intent: string;
}

const SEED = 77;
const START = Date.UTC(2026, 9, 22);
const AS_OF = Date.UTC(2026, 10, 21, 6);

const DESCRIPTIONS: Record<string, readonly string[]> = {
  card_arrival: ['A card that is late', 'Inquiry about a missing card', 'New card not here'],
  card_delivery_estimate: ['How long a card takes', 'Delivery time question', 'Wish for a delivery date'],
  card_not_working: ['Trouble with a card', 'Broken card', 'The card does nothing'],
  declined_card_payment: ['Payment refused', 'Failed purchase', 'The shop would not take it'],
  card_payment_not_recognised: ['Unknown charge', 'Suspicious payment', 'A purchase nobody made'],
  cash_withdrawal_not_recognised: ['Unknown cash withdrawal', 'Cash machine matter', 'Money taken out by somebody'],
  pending_transfer: ['A transfer that waits', 'Pending money', 'Transfer in progress'],
  transfer_timing: ['How long transfers take', 'Timing question', 'When money arrives'],
  transfer_not_received_by_recipient: ['Transfer not arrived', 'Recipient has no money', 'Missing transfer'],
  Refund_not_showing_up: ['Refund Issue', 'Refund missing', 'Money back, but where'],
};

export function bankingFiles(messages: readonly Message[]): { log: string; truth: string } {
  const random = createRandom(SEED);
  const plan = bankingPlan(random, messages);
  const { log, add } = createBuilder(random, START);
  add(plan);
  const ordered = [...log.entries].sort((a, b) => a.time - b.time).map((entry) => JSON.stringify(entry.record));
  return { log: `${ordered.join('\n')}\n`, truth: `${JSON.stringify(truthOf(log, plan), null, 2)}\n` };
}

function bankingPlan(random: Random, messages: readonly Message[]): Plan {
  return {
    prompt: 'banking/intent',
    version: 'v1',
    quality: 0.37,
    agreement: 2.4,
    people: createPeople(random, 'clerk', 150, [
      ['branch', 2],
      ['phone', 1],
    ]),
    raters: 96,
    heavy: { count: 6, ratings: [8, 14], quality: 0.12 },
    uses: [1, 6],
    days: [0, 30],
    stars: 0.2,
    complaints: [
      { id: 'own-words', share: 0.7, lines: ownWords },
      { id: 'mixed-up', share: 0.3, lines: mixedUp },
    ],
    praise: clerksPraise,
    corrects: 0.5,
    latency: 900,
    errors: 0.015,
    implicit: { copy: 0.1, abandon: 0.2 },
    reviewed: 0.02,
    serve: () => {
      const message = random.pick(messages);
      return { variables: { message: message.text }, output: random.pick(DESCRIPTIONS[message.intent] ?? []), correct: message.intent };
    },
  };
}

function truthOf(log: Log, plan: Plan): Record<string, unknown> {
  const interactions = log.served.length;
  return {
    asOf: new Date(AS_OF).toISOString(),
    log: { lines: log.entries.length, interactions, feedback: log.entries.length - interactions, redelivered: 0, revised: 0, rejected: [] },
    unattributed: { none: 0, ambiguous: 0 },
    versions: versionTruths(log, [plan], AS_OF),
    complaints: log.complaints,
  };
}
