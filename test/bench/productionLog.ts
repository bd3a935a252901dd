/**
 * A production log of our own schema, seeded: seven interactions, then three pieces of feedback on three of them, so that a third of the
 * lines is what people said and two thirds are what was served to them. About 1.2 KiB a line on average. Two versions, 20,000 users, 30 days, a
 * third of the feedback in words, attributes `plan` and `locale`, errors, retries, some text that is not ASCII.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { randomStream } from '../../src/engine/stats/random.js';

export const logEnd = Date.parse('2026-11-24T00:00:00.000Z');
const users = 20_000;
const days = 30;

const random = randomStream(1, 'production log');
const plans = ['free', 'pro', 'team'];
const locales = ['en', 'de', 'fr', 'pt-BR', 'ja'];
const complaints = [
  'too long',
  'just the team please',
  'wrong team',
  'where is my refund',
  'did not answer me',
  'fine',
  'coupon was rejected',
];
const sentences = [
  'Thank you for writing to us about your order.',
  'It left our warehouse this morning and should be with you within two working days.',
  'You can follow the parcel with the number in the message that we sent when it was packed.',
  'If the parcel is damaged, please take a picture before you open it and send it to us.',
  'Refunds go back to the card that was used, which takes up to five days with most banks.',
  'Für Bestellungen nach Österreich gilt eine längere Frist, siehe “Lieferung”.',
  'A coupon can be used once, and not together with another one.',
  'We are sorry for the trouble that this has caused you.',
];

function text(seed: number, count: number): string {
  let out = '';
  for (let k = 0; k < count; k++) out += `${k === 0 ? '' : ' '}${sentences[(seed * 7 + k * 3) % sentences.length] ?? ''}`;
  return out;
}

/** Line `i` with its line end; the same whatever was made before it. */
export function logLine(i: number): string {
  const about = i % 10 < 7 ? i : i - 7 + (i % 3);
  const time = logEnd - Math.floor(random.u(about) * days * 86_400_000);
  const user = `customer-${String(random.int(about + 0.25, users))}`;
  const trace = hex(about, 32);
  const prompt = { name: 'support/answer', version: about % 2 === 0 ? 'v1' : 'v2' };
  const attributes = { plan: plans[about % 3], locale: locales[about % 5], channel: 'web' };
  if (about === i) {
    return `${JSON.stringify({
      schema: 'promptratchet.interaction/1',
      id: hex(about, 32),
      time: new Date(time).toISOString(),
      observed_time: new Date(time + 900).toISOString(),
      revision: 0,
      trace_id: trace,
      span_id: hex(about + 5, 16),
      user,
      session: `session-${String(Math.floor(about / 4))}`,
      prompt,
      attributes,
      input: { variables: { question: `Where is my order ${String(i)}? ${text(i + 1, 3)}`, tone: 'friendly' } },
      output: { text: text(i, 7 + (i % 5)) },
      system: {
        status: i % 50 === 0 ? 'error' : 'ok',
        latency_ms: 200 + random.int(i + 0.5, 900),
        retries: i % 40 === 0 ? 1 : 0,
        input_tokens: 412,
        output_tokens: 230,
      },
      source: { kind: 'app', instance: 'shop', record_type: 'generation' },
    })}\n`;
  }
  const raw = 1 + random.int(i, 5);
  return `${JSON.stringify({
    schema: 'promptratchet.feedback/1',
    id: hex(i, 32),
    time: new Date(Math.min(logEnd - 1, time + 60_000)).toISOString(),
    observed_time: new Date(time + 61_000).toISOString(),
    revision: 0,
    trace_id: trace,
    interaction_id: hex(about, 32),
    user,
    prompt,
    signal: 'explicit.rating',
    actor: { kind: 'end_user' },
    score: { raw, min: 1, max: 5, y: (raw - 1) / 4, higher_is_better: true },
    ...(i % 3 === 0
      ? { text: `${complaints[i % complaints.length] ?? ''} about ${String(random.int(i + 0.75, 5000))}, ${text(i, 1)}` }
      : {}),
    attributes,
    source: { kind: 'app', instance: 'shop', record_type: 'rating' },
  })}\n`;
}

function hex(n: number, digits: number): string {
  let out = '';
  for (let k = 0; out.length < digits; k++)
    out += Math.floor(random.u(n * 8 + k + 0.125) * 4294967296)
      .toString(16)
      .padStart(8, '0');
  return out.slice(0, digits);
}

/** Writes lines `from` to `to` (not included) at the end of the file. Returns the bytes written. */
export function writeLog(path: string, from: number, to: number): number {
  const file = openSync(path, 'a');
  let bytes = 0;
  try {
    let part: string[] = [];
    for (let i = from; i < to; i++) {
      part.push(logLine(i));
      if (part.length < 2000 && i + 1 < to) continue;
      const chunk = Buffer.from(part.join(''));
      for (let at = 0; at < chunk.length;) at += writeSync(file, chunk, at);
      bytes += chunk.length;
      part = [];
    }
  } finally {
    closeSync(file);
  }
  return bytes;
}
