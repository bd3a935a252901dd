import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/engine/config/parse.js';

const all = ['email', 'phone', 'card', 'iban', 'ip', 'key'];
const read = (text: string) => {
  const { config, problems } = parseConfig(text);
  return { ...config, said: problems.map(({ message }) => message) };
};

describe('redaction', () => {
  it('takes out every kind where nothing else is said', () => {
    expect(read('version: 1').redaction).toEqual({ kinds: all, patterns: [] });
    expect(read('redaction:\n  patterns: [{ name: customer, pattern: "C-\\\\d{6}" }]')).toMatchObject({
      redaction: { kinds: all, patterns: [{ name: 'customer', pattern: 'C-\\d{6}' }] },
      said: [],
    });
  });

  it('takes out what was chosen, or nothing', () => {
    expect(read('redaction: { kinds: [email, card] }')).toMatchObject({ redaction: { kinds: ['email', 'card'], patterns: [] }, said: [] });
    for (const off of ['off', 'false'])
      expect(read(`redaction: ${off}`)).toMatchObject({ redaction: { kinds: [], patterns: [] }, said: [] });
  });

  it('takes nothing away because of a slip', () => {
    expect(read('redaction: { kinds: [emails] }')).toMatchObject({
      redaction: { kinds: all },
      said: ['The kind of redaction "emails" is not known. Did you mean "email"?'],
    });
    expect(read('redaction: on').redaction.kinds).toEqual(all);
    expect(read('redaction: { kind: [email] }').said).toEqual(['The key "kind" is not known in redaction. Did you mean "kinds"?']);
    expect(read('redaction: { patterns: [{ name: "A B", pattern: "x" }, { pattern: "(a)\\\\1" }] }')).toMatchObject({
      redaction: {
        patterns: [
          { name: 'pattern-1', pattern: 'x' },
          { name: 'pattern-2', pattern: '(a)\\1' },
        ],
      },
      said: [
        'The name "A B" is shown in place of what is taken out. Use small letters, digits and hyphens.',
        'The name of the pattern is missing. Add it.',
        'The pattern (a)\\1 cannot be used: "\\1" is not known here. Change it in .ratchet/config.yaml.',
      ],
    });
  });
});

describe('retention', () => {
  it('is off where it is not set', () => {
    expect(read('version: 1').retention).toEqual({ interactionDays: null, feedbackDays: null });
    expect(read('retention: off')).toMatchObject({ retention: { interactionDays: null, feedbackDays: null }, said: [] });
  });

  it('is a number of days for each kind', () => {
    expect(read('retention: { interactions: 30d, feedback: 52w }')).toMatchObject({
      retention: { interactionDays: 30, feedbackDays: 364 },
      said: [],
    });
    expect(read('retention: { interactions: 30d, feedback: off }').retention).toEqual({ interactionDays: 30, feedbackDays: null });
  });

  it('keeps everything where it cannot be read', () => {
    for (const wrong of ['30', 'soon', '5m', '[]']) {
      expect(read(`retention: { interactions: ${wrong} }`)).toMatchObject({
        retention: { interactionDays: null },
        said: [expect.stringContaining('"retention.interactions" is no length of time') as string],
      });
    }
    expect(read('retention: { interaction: 30d }').said[0]).toContain('Did you mean "interactions"?');
  });
});
