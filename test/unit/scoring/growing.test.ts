/** A score over rows that came in piece by piece equals one that looks at all of them at once. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { randomStream } from '../../../src/engine/stats/random.js';
import { createFeedbackEngine, feedbackLine, testNow, type FeedbackEngine } from '../../support/feedbackEngine.js';

const sources = ['a', 'b'].map((name) => ({ name, kind: 'jsonl' as const, path: `${name}/*.jsonl` }));
const now = Date.parse(testNow);
const hour = 3_600_000;

/** Lines of a log in which much arrives late, twice, without a time or without a user. */
class Log {
  private n = 0;
  private random;
  /** Hours by which a clock may be ahead of ours. */
  private readonly ahead: number;

  constructor(seed: number) {
    this.ahead = seed % 2 === 0 ? 5 : 0;
    this.random = randomStream(seed, 'growing');
  }

  draw(below: number): number {
    return this.random.int(this.n++, below);
  }

  lines(count: number): string {
    return Array.from({ length: count }, () => `${this.draw(5) < 2 ? this.interaction() : this.feedback()}\n`).join('');
  }

  private time(): { time?: string } {
    return this.draw(12) === 0 ? {} : { time: new Date(now - (this.draw(900) - this.ahead) * hour).toISOString() };
  }

  private interaction(): string {
    const draw = this.draw.bind(this);
    return JSON.stringify({
      schema: 'promptratchet.interaction/1',
      id: `i${String(draw(60))}`,
      ...this.time(),
      prompt: { name: draw(3) === 0 ? 'q' : 'p', version: `v${String(1 + draw(2))}` },
      ...(draw(2) === 0 ? { user: `u${String(draw(9))}` } : { session: `s${String(draw(9))}` }),
      system: { latency_ms: draw(3000), ...(draw(3) === 0 ? { status: draw(2) === 0 ? 'ok' : 'error', retries: draw(2) } : {}) },
    });
  }

  private feedback(): string {
    const draw = this.draw.bind(this);
    const linked = draw(3) > 0;
    const kind = draw(8);
    return feedbackLine({
      id: `f${String(draw(400))}`,
      ...this.time(),
      prompt: linked ? undefined : { name: 'p', version: 'v1' },
      ...(linked ? { interaction_id: `i${String(draw(60))}` } : {}),
      user: draw(3) === 0 ? undefined : `u${String(draw(9))}`,
      score: { raw: draw(5), min: 0, max: 4 },
      ...(kind < 4 ? {} : kind === 4 ? { signal: 'system.error', score: undefined } : { signal: 'implicit.copy' }),
      ...(kind === 6
        ? {
            signal: 'review.score',
            actor: { kind: 'expert' },
            review: { stratum: draw(2) === 0 ? 'random' : 'risk', ...(draw(2) === 0 ? { inclusion_prob: 0.5 } : {}) },
          }
        : {}),
      ...(draw(3) === 0 ? { text: `Too long, says ${String(draw(50))}` } : {}),
      attributes: { plan: ['free', 'pro', 'team'][draw(3)] },
    });
  }
}

let engine: FeedbackEngine;
beforeEach(() => {
  engine = createFeedbackEngine({ sources });
});
afterEach(() => engine.close());

async function expectAsAnew(): Promise<void> {
  const anew = createFeedbackEngine({ root: engine.root, sources });
  // Two open windows, one with an end, one as of a time.
  for (const options of [
    {},
    { segment: 'plan' },
    { asOf: new Date(now - 90 * hour).toISOString() },
    { since: new Date(now - 400 * hour).toISOString() },
    {},
  ]) {
    expect(JSON.stringify(await engine.scoring.score(options))).toBe(JSON.stringify(await anew.scoring.score(options)));
  }
  await anew.close();
}

describe('rows that come in piece by piece', () => {
  it.each([1, 2, 3, 4])('make the score that all of them make at once (%i)', { timeout: 60_000 }, async (seed) => {
    const log = new Log(seed);
    const files = new Map<string, string>();
    const write = (path: string, text: string): void => {
      files.set(path, text);
      engine.write(path, text);
    };
    for (let step = 0; step < 14; step++) {
      const path = `${log.draw(4) === 0 ? 'b' : 'a'}/${String(log.draw(2))}.jsonl`;
      const before = files.get(path) ?? '';
      const what = log.draw(10);
      if (what === 0 && files.size > 1 && files.has(path)) {
        files.delete(path);
        rmSync(join(engine.root, path));
      } else if (what === 1) write(path, log.lines(30));
      else if (what === 2) write(path, `${before}${log.lines(3)}`.slice(0, -20));
      else write(path, before + log.lines(1 + log.draw(60)));
      await engine.feedback.pull();
      await expectAsAnew();
    }
  });

  const answer = (id: string): string =>
    `${JSON.stringify({ schema: 'promptratchet.interaction/1', id, prompt: { name: 'p', version: 'v1' }, time: testNow })}\n`;
  const said = (id: string, more: Record<string, unknown> = {}): string => `${feedbackLine({ id, time: testNow, ...more })}\n`;
  const tallyNow = async () => {
    await engine.feedback.pull();
    return engine.feedback.withIndex(async (view) => {
      const tally = await view.tally({ since: null, until: null, asOf: now, asked: false });
      const counts = tally.versions.map(({ channels, system }) => [
        channels.get('explicit')?.sums({ asOf: now, halfLifeMs: 1 }, () => 0)?.events ?? 0,
        system.sums().interactions,
      ]);
      return { tally, counts };
    });
  };

  /** Where the reading of what changed began. */
  const readFrom = (): { starts: number[] } => {
    const starts: number[] = [];
    const changes = engine.store.changes.bind(engine.store);
    vi.spyOn(engine.store, 'changes').mockImplementation((after, visitor) => {
      starts.push(after.seq);
      return changes(after, visitor);
    });
    return { starts };
  };
  const long = (more: (i: number) => string): string => Array.from({ length: 31_000 }, (_, i) => more(i)).join('');

  it('are counted while a long log is read, where a score is asked for behind it', async () => {
    engine.write(
      'a/1.jsonl',
      long((i) => (i % 2 === 0 ? answer(`i${String(i)}`) : said(`f${String(i)}`, { interaction_id: `i${String(i - 1)}` }))),
    );
    const { starts } = readFrom();
    await engine.feedback.pull({ scores: true });
    expect(starts).toEqual([0]);
    const document = await engine.scoring.score();
    expect(document.prompts[0]?.versions[0]?.score?.events).toBe(15_500);
    expect(starts.filter((seq) => seq === 0)).toHaveLength(1);
    await expectAsAnew();
  });

  it('are counted once, behind it, where much of it has to be counted anew', async () => {
    engine.write(
      'a/1.jsonl',
      long((i) =>
        i < 500 ? said(`f${String(i)}`, { interaction_id: `i${String(30_000 + i)}`, prompt: undefined }) : answer(`i${String(i)}`),
      ),
    );
    await engine.feedback.pull({ scores: true });
    const { starts } = readFrom();
    const document = await engine.scoring.score();
    expect(document.prompts[0]?.versions[0]?.score?.events).toBe(500);
    expect(starts).toEqual([expect.any(Number), 0]);
    await expectAsAnew();
  });

  it('are counted while many files are read, and behind them where one of them is another now', async () => {
    for (const name of ['1', '2', '3', '4']) {
      engine.write(`a/${name}.jsonl`, Array.from({ length: 11_000 }, (_, i) => said(`f${name} ${String(i)}`)).join(''));
    }
    const { starts } = readFrom();
    await engine.feedback.pull({ scores: true });
    expect(starts).toEqual([0, expect.any(Number)]);
    expect((await engine.scoring.score()).prompts[0]?.versions[0]?.score?.events).toBe(44_000);
    starts.splice(0);
    engine.write('a/1.jsonl', said('other'));
    engine.write('b/5.jsonl', Array.from({ length: 21_000 }, (_, i) => said(`more ${String(i)}`)).join(''));
    await engine.feedback.pull({ scores: true });
    expect(starts).toEqual([]);
    expect((await engine.scoring.score()).prompts[0]?.versions[0]?.score?.events).toBe(54_001);
    expect(starts).toEqual([0]);
  });

  it('are added to what was counted before, and all are counted anew where one of before changed', async () => {
    let text = answer('i1') + said('f1') + said('f2', { prompt: undefined, interaction_id: 'late' });
    engine.write('a/1.jsonl', text);
    const first = await tallyNow();
    expect(first.counts).toEqual([[1, 1]]);
    engine.write('a/1.jsonl', (text += said('f3') + answer('i2')));
    const second = await tallyNow();
    expect(second.tally).toBe(first.tally);
    expect(second.counts).toEqual([[2, 2]]);
    engine.write('a/1.jsonl', (text += answer('late')));
    const linked = await tallyNow();
    expect(linked.tally).not.toBe(first.tally);
    expect(linked.counts).toEqual([[3, 3]]);
    engine.write('a/1.jsonl', (text += said('f1', { revision: 2, signal: 'implicit.copy' })));
    const replaced = await tallyNow();
    expect(replaced.tally).not.toBe(linked.tally);
    expect(replaced.counts).toEqual([[2, 3]]);
  });
});
