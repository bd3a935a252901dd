import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { shiftSampleTimes } from '../../../src/cli/sampleTimes.js';

const now = new Date('2027-08-03T10:00:00.000Z');

describe('shiftSampleTimes', () => {
  it('moves the latest record into the last 24 hours, by whole days', () => {
    const log = '{"time":"2026-11-19T06:00:01Z"}\n{"time":"2026-11-20T23:15:09.250Z"}\n';
    const [file] = shiftSampleTimes([{ path: 'logs/feedback.jsonl', text: log }], now);
    expect(file?.text).toBe('{"time":"2027-08-01T06:00:01Z"}\n{"time":"2027-08-02T23:15:09.250Z"}\n');
  });

  it('moves several logs and the registry by the same number of days, and nothing else', () => {
    const files = [
      { path: 'logs/a.jsonl', text: '{"t":"2026-11-01T00:00:00Z"}' },
      { path: 'logs/b.jsonl', text: '{"t":"2026-11-20T00:00:00Z"}' },
      { path: '.ratchet/registry.json', text: '{"time":"2026-10-21T16:20:05.000Z"}' },
      { path: 'docs/a.md', text: 'On 2026-11-20T00:00:00Z it rained.' },
    ];
    expect(shiftSampleTimes(files, now).map((file) => file.text)).toEqual([
      '{"t":"2027-07-15T00:00:00Z"}',
      '{"t":"2027-08-03T00:00:00Z"}',
      '{"time":"2027-07-04T16:20:05.000Z"}',
      'On 2026-11-20T00:00:00Z it rained.',
    ]);
  });

  it('goes back in time where the clock is behind the log, and never into the future', () => {
    const [file] = shiftSampleTimes([{ path: 'logs/a.jsonl', text: '{"t":"2026-11-20T12:00:00Z"}' }], new Date('2026-11-20T11:00:00Z'));
    expect(file?.text).toBe('{"t":"2026-11-19T12:00:00Z"}');
  });

  it('leaves files without a log as they are', () => {
    const files = [{ path: '.ratchet/registry.json', text: '{"time":"2026-10-21T16:20:05.000Z"}' }];
    expect(shiftSampleTimes(files, now)).toEqual(files);
  });

  it('keeps every line of the sample log', () => {
    const text = readFileSync(new URL('../../../src/cli/sample/logs/feedback.jsonl', import.meta.url), 'utf8');
    const [file] = shiftSampleTimes([{ path: 'logs/feedback.jsonl', text }], now);
    expect(file?.text.length).toBe(text.length);
    expect(file?.text).not.toContain('2026-11-2');
  });
});
