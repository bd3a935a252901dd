import { existsSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { buildSample } from '../../generator/sample.js';
import { generatedFiles, repositoryRoot } from '../../generator/workspace.js';

const files = generatedFiles(repositoryRoot);

describe('the generated files of the sample workspace', () => {
  it.each(Object.keys(files))('%s is what the generator writes (node test/generator/generate.mjs)', (path) => {
    expect(existsSync(`${repositoryRoot}/${path}`)).toBe(true);
    // Not toEqual: a difference in two megabytes is not worth printing.
    expect(readFileSync(`${repositoryRoot}/${path}`, 'utf8') === files[path]).toBe(true);
  });

  it('has at least 2,000 interactions of at least 300 people over 30 days', () => {
    const { log } = buildSample();
    const times = log.entries.map((entry) => entry.time);
    expect(log.served.length).toBeGreaterThanOrEqual(2000);
    expect(new Set(log.served.map((each) => each.user)).size).toBeGreaterThanOrEqual(300);
    expect((Math.max(...times) - Math.min(...times)) / 86_400_000).toBeGreaterThan(29);
  });

  it('has all four kinds of signal', () => {
    const signals = new Set(Object.values(buildSample().log.counts).flatMap((counts) => Object.keys(counts)));
    for (const signal of [
      'explicit.thumb',
      'explicit.rating',
      'explicit.comment',
      'explicit.correction',
      'implicit.copy',
      'implicit.accept',
      'implicit.regenerate',
      'implicit.abandon',
      'review.score',
      'system.error',
      'system.retry',
    ]) {
      expect(signals).toContain(signal);
    }
  });

  it('stays small enough to ship', () => {
    const logs = Object.entries(files)
      .filter(([path]) => path.endsWith('.jsonl'))
      .map(([, text]) => text)
      .join('');
    expect(Buffer.byteLength(logs)).toBeLessThan(2_500_000);
    expect(gzipSync(logs).length).toBeLessThan(400_000);
  });

  it('makes another log from another seed', () => {
    const ids = (seed: number): string[] =>
      buildSample(seed)
        .log.served.slice(0, 20)
        .map((each) => each.user);
    expect(ids(1)).toEqual(ids(1));
    expect(ids(1)).not.toEqual(ids(2));
  });
});
