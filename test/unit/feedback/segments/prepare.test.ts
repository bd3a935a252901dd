import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pseudonyms } from '../../../../src/engine/feedback/identity.js';
import { createRedactor } from '../../../../src/engine/feedback/redaction/redactor.js';
import { prepareRecord } from '../../../../src/engine/feedback/segments/prepare.js';
import type { Json } from '../../../../src/engine/feedback/values.js';

const pseudonyms = new Pseudonyms('ab'.repeat(32));
const tools = () => ({
  redactor: createRedactor({
    kinds: ['email', 'phone', 'card', 'iban', 'ip', 'key'],
    patterns: [{ name: 'customer', pattern: 'C-\\d{4}' }],
  }),
  pseudonyms,
});
const mail = 'anna@example.org';

describe('prepareRecord', () => {
  it('redacts every text of an interaction, and keeps ids, numbers, prompts and times', () => {
    const record: Json = {
      schema: 'promptratchet.interaction/1',
      id: 'a@b.example',
      time: '2026-11-20T00:00:00Z',
      trace_id: '1732400000000',
      prompt: { name: 'support/answer', version: 'v2', template: `Write to ${mail}` },
      user: mail,
      session: 's-1',
      input: { variables: { question: `I am ${mail}` }, text: mail, messages: [{ role: 'user', content: [{ text: `C-1234 ${mail}` }] }] },
      output: { text: `Dear ${mail}`, messages: [{ content: mail }] },
      retrieval: { query: mail, top_k: 3, documents: [{ id: 'c@d.example', score: 0.5, text: mail, chunk: `x ${mail}` }] },
      system: { status: 'error', error_type: `no mailbox ${mail}`, latency_ms: 12 },
      attributes: {
        plan: 'free',
        note: mail,
        seats: 3,
        'user.id': mail,
        owner: mail,
        'prompt.template': mail,
        'user.email': 'x@y.example',
      },
      source: { kind: 'otlp', record_id: 'r@s.example' },
    };
    const before = JSON.stringify(record);
    const prepared = prepareRecord(record, tools());
    const person = pseudonyms.of(mail);
    expect(prepared).toEqual({
      ...record,
      user: person,
      session: pseudonyms.of('s-1'),
      input: {
        variables: { question: 'I am [email]' },
        text: '[email]',
        messages: [{ role: 'user', content: [{ text: '[customer] [email]' }] }],
      },
      output: { text: 'Dear [email]', messages: [{ content: '[email]' }] },
      retrieval: { query: '[email]', top_k: 3, documents: [{ id: 'c@d.example', score: 0.5, text: '[email]', chunk: 'x [email]' }] },
      system: { status: 'error', error_type: 'no mailbox [email]', latency_ms: 12 },
      attributes: {
        plan: 'free',
        note: person,
        seats: 3,
        'user.id': person,
        owner: person,
        'prompt.template': mail,
        'user.email': pseudonyms.of('x@y.example'),
      },
    });
    expect(JSON.stringify(record)).toBe(before);
  });

  it('redacts comment, correction and label of feedback, and names experts by pseudonym', () => {
    const prepared = prepareRecord(
      {
        schema: 'promptratchet.feedback/1',
        id: 'f1',
        user: 42,
        actor: { kind: 'expert', id: mail },
        score: { raw: 1, min: 0, max: 1 },
        text: `call ${mail}`,
        correction: { answer: mail, [mail]: 'a name' },
        label: mail,
        review: { stratum: 'random', reason: mail, inclusion_prob: 0.1 },
      },
      tools(),
    );
    expect(prepared).toMatchObject({
      user: pseudonyms.of('42'),
      actor: { kind: 'expert', id: pseudonyms.of(mail) },
      score: { raw: 1, min: 0, max: 1 },
      text: 'call [email]',
      correction: { answer: '[email]', '[email]': 'a name' },
      label: '[email]',
      review: { stratum: 'random', reason: '[email]', inclusion_prob: 0.1 },
    });
    expect(JSON.stringify(prepared)).not.toContain(mail);
  });

  it('takes out texts in fields that it does not know', () => {
    expect(prepareRecord({ schema: 'x', comment: mail, more: [{ deep: mail }] }, tools())).toEqual({
      schema: 'x',
      comment: '[email]',
      more: [{ deep: '[email]' }],
    });
  });

  it('gives back the same object where nothing has to change, and survives what is nested without end', () => {
    const record = { schema: 'promptratchet.feedback/1', id: 'f', text: 'too long', attributes: { plan: 'free' } };
    expect(prepareRecord(record, tools())).toBe(record);
    let deep: unknown = mail;
    for (let level = 0; level < 50_000; level++) deep = [deep];
    expect(JSON.stringify(prepareRecord({ input: deep }, tools())).length).toBeLessThan(200);
  });

  it('leaves no address and no raw id of a user in any value', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        fc.constant(mail),
        fc.string(),
        fc.double(),
        fc.boolean(),
        fc.constant(null),
        tie('list'),
        tie('object'),
      ),
      list: fc.array(tie('any'), { maxLength: 3 }),
      object: fc.dictionary(fc.string(), tie('any'), { maxKeys: 3 }),
    })).any;
    const fields = fc.record({ text: value, input: value, output: value, attributes: value, retrieval: value, label: value, actor: value });
    fc.assert(
      fc.property(fields, (record) => {
        const prepared = prepareRecord({ ...record, user: mail }, tools());
        expect(JSON.stringify(prepared)).not.toContain(mail);
      }),
      { seed: 5, numRuns: 500 },
    );
  });
});
