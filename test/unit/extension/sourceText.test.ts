import { describe, expect, it } from 'vitest';
import type { SourceStatus } from '../../../src/shared/sourceProtocol.js';
import { groupDescription, rejectedLines, sourceDescription, sourceLines, span } from '../../../src/extension/views/sourceText.js';
import { newSuitePath, takenOut } from '../../../src/extension/cases/words.js';

const now = Date.parse('2026-11-24T12:00:00Z');
const status = (changes: Partial<SourceStatus> = {}): SourceStatus => ({
  name: 'app',
  kind: 'jsonl',
  location: 'logs/app.jsonl',
  state: 'ok',
  message: null,
  lastPull: '2026-11-24T11:58:00Z',
  nextPull: null,
  interactions: 5000,
  feedback: 2143,
  rejected: [],
  redacted: {},
  notes: [],
  origin: null,
  ...changes,
});

describe('a source in the tree', () => {
  it('says in one line how it is doing', () => {
    expect(sourceDescription(status(), now)).toBe('2,143 signals · 2 min ago');
    expect(sourceDescription(status({ rejected: [{ reason: 'not JSON', count: 3, firstLine: 7 }] }), now)).toBe(
      '2,143 signals · 3 records not read · 2 min ago',
    );
    expect(sourceDescription(status({ state: 'failing', message: 'Source "app": No answer.' }), now)).toBe('No answer.');
    expect(sourceDescription(status({ feedback: null, interactions: null }), now)).toBe('asked for each score · 2 min ago');
    expect(['pulling', 'waiting', 'new'].map((state) => sourceDescription(status({ state: state as SourceStatus['state'] }), now))).toEqual(
      ['reading…', 'waits for trust', 'not read yet'],
    );
  });

  it('says everything in its tooltip, and when it is read again', () => {
    const lines = sourceLines(
      status({
        state: 'failing',
        message: 'No answer.',
        nextPull: '2026-11-24T12:20:00Z',
        redacted: { email: 4 },
        notes: ['Ratings were read as 1 to 5.'],
      }),
      now,
    );
    expect(lines).toEqual([
      'Source app fails',
      'jsonl: logs/app.jsonl',
      'No answer.',
      '2,143 signals, 5,000 interactions',
      'Last read 2 min ago',
      'Read again in 20 min',
      'Taken out of the texts when it was last read: email (4)',
      'Ratings were read as 1 to 5.',
    ]);
  });

  it('names the lines that were not read, and of a server only how many', () => {
    expect(
      rejectedLines(
        status({
          rejected: [
            { reason: 'not JSON', count: 1, firstLine: 7 },
            { reason: 'no time', count: 1200, firstLine: 9 },
            { reason: 'no score', count: 2, firstLine: 0 },
          ],
        }),
      ),
    ).toEqual([
      'Line 7 was not read: not JSON.',
      '1,200 lines were not read (first: line 9): no time.',
      '2 records were not read: no score.',
    ]);
  });

  it('is counted in its group', () => {
    expect(groupDescription([status()])).toBe('1');
    expect(groupDescription([status(), status({ state: 'failing' }), status({ state: 'waiting' })])).toBe(
      '3 · 1 fails · 1 waits for trust',
    );
  });

  it('tells time roughly', () => {
    const at = (minutes: number): string => span(new Date(now + minutes * 60_000).toISOString(), now);
    expect([0, -1, -119, -150, -3000, 5].map(at)).toEqual(['a moment ago', '1 min ago', '119 min ago', '3 h ago', '2 d ago', 'in 5 min']);
  });
});

describe('a case from feedback', () => {
  it('says what was taken out', () => {
    expect(takenOut({})).toBeNull();
    expect(takenOut({ email: 1 })).toBe('1 e-mail address');
    expect(takenOut({ email: 2, phone: 1, order: 3 })).toBe('2 e-mail addresses, 1 phone number and 3 order');
  });
  it('goes beside its prompt, into a suite whose name is not taken', () => {
    expect(newSuitePath('prompts/support/answer.prompty', [])).toBe('prompts/support/answer.eval.yaml');
    expect(newSuitePath('a.prompt.yml', ['a.eval.yaml'])).toBe('a.feedback.eval.yaml');
    expect(newSuitePath('a.prompt', ['a.eval.yaml', 'a.feedback.eval.yaml'])).toBe('a.feedback3.eval.yaml');
  });
});
