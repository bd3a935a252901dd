/** What the built command line says about generated logs, against what is true about them (`test/generator`). */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PullDocument, ScoreDocument, VersionScore } from '../../src/shared/documents.js';
import { createBuilder, DAY } from '../generator/log.js';
import { createPeople } from '../generator/people.js';
import { createRandom } from '../generator/random.js';
import type { VersionTruth } from '../generator/truth.js';
import { runCli } from '../support/cli.js';
import { copyWorkspace, type WorkspaceCopy } from '../support/workspaces.js';

interface Counts {
  interactions: number;
  feedback: number;
  revised: number;
  rejected: { reason: string; count: number; firstLine: number }[];
}

interface Truth {
  asOf: string;
  log: Counts;
  widget?: Counts;
  unattributed: { none: number; ambiguous: number };
  withoutVersion?: { prompt: string; users: number; events: number };
  versions: VersionTruth[];
  complaints: Record<string, string>;
}

interface Case {
  workspace: 'sample' | 'banking77';
  truth: Truth;
  sources: (keyof Truth & ('log' | 'widget'))[];
}

function readTruth(name: string): Truth {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures', `${name}-truth.json`), 'utf8')) as Truth;
}

const cases: Case[] = [
  { workspace: 'sample', truth: readTruth('sample'), sources: ['log', 'widget'] },
  { workspace: 'banking77', truth: readTruth('banking77'), sources: ['log'] },
];

async function json<T>(folder: string, ...args: string[]): Promise<T> {
  const result = await runCli([...args, '--json'], { cwd: folder });
  expect(result.code, result.stderr).toBe(0);
  return result.json as T;
}

function find(document: ScoreDocument, prompt: string, version: string | null): VersionScore {
  const found = document.prompts.find((each) => each.prompt === prompt)?.versions.find((each) => each.version === version);
  if (found === undefined) throw new Error(`no score of ${prompt} ${String(version)}`);
  return found;
}

describe.each(cases)('$workspace', ({ workspace, truth, sources }) => {
  let copy: WorkspaceCopy;
  let pull: PullDocument;
  let score: ScoreDocument;

  beforeAll(async () => {
    copy = await copyWorkspace(workspace);
    pull = await json(copy.folder, 'pull');
    score = await json(copy.folder, 'score', '--as-of', truth.asOf);
  });

  afterAll(() => copy.remove());

  it('reads every record once, in its last revision, and names each line that it could not read', () => {
    expect(pull.sources).toHaveLength(sources.length);
    sources.forEach((name, i) => {
      const source = pull.sources[i];
      const expected = truth[name];
      expect(source?.ok).toBe(true);
      expect(source?.interactions.total).toBe(expected?.interactions);
      expect(source?.feedback.total).toBe(expected?.feedback);
      expect(source?.feedback.updated).toBe(expected?.revised);
      expect([...(source?.rejected ?? [])].sort((a, b) => a.firstLine - b.firstLine)).toEqual(expected?.rejected);
    });
  });

  it('counts what belongs to no prompt, and guesses nothing', () => {
    expect(score.unattributed).toEqual(truth.unattributed);
    if (truth.withoutVersion === undefined) return;
    const { prompt, users, events } = truth.withoutVersion;
    expect(find(score, prompt, null).channels.explicit).toMatchObject({ users, events });
  });

  it.each(truth.versions)('scores $prompt $version: one user one unit, decayed, and an interval that holds the truth', (version) => {
    const found = find(score, version.prompt, version.version);
    const explicit = found.channels.explicit;
    expect(explicit).toMatchObject({ users: version.users, events: version.events });
    expect(explicit?.mean).toBeCloseTo(version.expected.mean, 5);
    expect(explicit?.nEff).toBeCloseTo(version.expected.nEff, 4);
    expect(explicit?.lo).toBeCloseTo(version.expected.lo, 5);
    expect(explicit?.hi).toBeCloseTo(version.expected.hi, 5);
    expect(explicit?.lo).toBeLessThanOrEqual(version.quality ?? 0);
    expect(explicit?.hi).toBeGreaterThanOrEqual(version.quality ?? 1);
  });
});

describe('the four prompts of the sample', () => {
  const truth = readTruth('sample');
  let copy: WorkspaceCopy;
  let score: ScoreDocument;

  beforeAll(async () => {
    copy = await copyWorkspace('sample');
    await json(copy.folder, 'pull');
    score = await json(copy.folder, 'score', '--as-of', truth.asOf);
  });

  afterAll(() => copy.remove());

  it('shows one low, one to watch, one good and one with too little feedback', () => {
    const status = (prompt: string, version: string): string => find(score, prompt, version).status;
    expect(status('support/triage', 'v1')).toBe('low');
    expect(status('support/answer', 'v2')).toBe('watch');
    expect(status('support/answer', 'v1')).toBe('good');
    expect(status('orders/find-order', 'v1')).toBe('good');
    expect(status('support/summarize', 'v1')).toBe('insufficient');
  });

  it('knows which versions the files are', () => {
    expect(Object.fromEntries(score.prompts.map((each) => [each.prompt, each.current]))).toEqual({
      'orders/find-order': 'v1',
      'support/answer': 'v2',
      'support/summarize': 'v1',
      'support/triage': 'v1',
    });
  });

  it.each([
    ['support/triage', 'v1', 'chatty', 'Explain your reasoning in detail'],
    ['support/answer', 'v2', 'too-long', 'Explain every option in detail'],
  ])('finds the main complaint about %s %s and the sentence that it points to', (prompt, version, complaint, sentence) => {
    const [main] = find(score, prompt, version).themes;
    expect(truth.versions.find((each) => each.prompt === prompt && each.version === version)?.mainComplaint?.id).toBe(complaint);
    expect(main?.examples.map((id) => truth.complaints[id])).toEqual(main?.examples.map(() => complaint));
    const file = prompt === 'support/triage' ? 'prompts/support/triage.prompty' : 'prompts/support/answer.prompt';
    const text = readFileSync(join(copy.folder, file), 'utf8');
    expect(main?.segments.map(({ range }) => text.slice(range.start, range.end)).some((part) => part.includes(sentence))).toBe(true);
  });

  it('takes a corrected answer for no complaint', () => {
    const labels = find(score, 'support/triage', 'v1').themes.map((theme) => theme.label.toLowerCase());
    for (const team of ['billing', 'shipping', 'account', 'technical']) expect(labels).not.toContain(team);
  });

  it('is not fooled by the few who rate again and again', () => {
    const triage = truth.versions.find((each) => each.prompt === 'support/triage');
    const mean = find(score, 'support/triage', 'v1').score?.mean ?? 0;
    expect(Math.abs(mean - (triage?.quality ?? 0))).toBeLessThan(Math.abs((triage?.pooled ?? 0) - (triage?.quality ?? 0)));
  });
});

describe('intervals', () => {
  it('hold the truth at least as often as they say, over 80 simulated versions', async () => {
    const copy = await copyWorkspace('banking77');
    try {
      const start = Date.UTC(2026, 9, 22);
      const random = createRandom(80);
      const { log, add } = createBuilder(random, start);
      const qualities = Array.from({ length: 80 }, (_, i) => 0.1 + (0.8 * i) / 79);
      qualities.forEach((quality, i) => {
        add({
          prompt: 'banking/intent',
          version: `t${String(i)}`,
          quality,
          agreement: 2,
          people: createPeople(random, `t${String(i)}`, 45, [['phone', 1]]),
          raters: 45,
          heavy: { count: 4, ratings: [6, 12], quality: quality * 0.5 },
          uses: [1, 2],
          days: [0, 30],
          stars: 0.5,
          complaints: [{ id: 'none', share: 1, lines: ['no'] }],
          praise: ['yes'],
          corrects: 0,
          latency: 500,
          errors: 0,
          implicit: {},
          reviewed: 0,
          serve: () => ({ variables: {}, output: 'x' }),
        });
      });
      writeFileSync(join(copy.folder, 'logs/intents.jsonl'), log.entries.map((entry) => JSON.stringify(entry.record)).join('\n'));
      await json(copy.folder, 'pull');
      const score: ScoreDocument = await json(copy.folder, 'score', '--as-of', new Date(start + 31 * DAY).toISOString());
      const held = qualities.filter((quality, i) => {
        const explicit = find(score, 'banking/intent', `t${String(i)}`).channels.explicit;
        return explicit !== null && explicit.lo <= quality && quality <= explicit.hi;
      });
      // 95 % of 80 are 76; fewer than 71 would come about once in a hundred sets of honest intervals.
      expect(held.length).toBeGreaterThanOrEqual(71);
    } finally {
      await copy.remove();
    }
  });
});
