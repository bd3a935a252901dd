/** Do the themes found in the sample's log go together as they were planted there? */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { ComplaintRow } from '../../../src/engine/feedback/backend.js';
import { clusterComments } from '../../../src/engine/scoring/themes/clusters.js';
import { complaintsOf, groupComplaints } from '../../../src/engine/scoring/themes/themes.js';
import { randomStream } from '../../../src/engine/stats/random.js';

const file = (path: string): string => readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8');

interface Planted extends ComplaintRow {
  /** `null`: no theme at all ("meh", "who turned this on"). */
  theme: string | null;
}

/** Complaints of each version with the theme that the generator gave them. */
function planted(): Planted[][] {
  const themes = (JSON.parse(file('test/fixtures/sample-truth.json')) as { complaints: Record<string, string> }).complaints;
  const versions = new Map<string, string>();
  const said: { key: string | null; served: string; row: Planted }[] = [];
  for (const line of file('src/cli/sample/logs/feedback.jsonl').split('\n')) {
    let record: Record<string, unknown>;
    try {
      record = JSON.parse(line) as Record<string, unknown>;
    } catch {
      // Some lines of the sample are broken on purpose.
      continue;
    }
    const { id, prompt, text, user, time, interaction_id: served } = record as Record<string, string | undefined> & { prompt?: unknown };
    const named = prompt as { name?: string; version?: string | null } | undefined;
    const key = named?.version == null ? null : `${named.name ?? ''}@${named.version}`;
    if (id !== undefined && key !== null) versions.set(id, key);
    const theme = id === undefined ? undefined : themes[id];
    if (id === undefined || theme === undefined || text === undefined || time === undefined) continue;
    const row = { id, time: Date.parse(time), unit: user ?? id, text, rated: true, theme: theme === 'other' ? null : theme };
    said.push({ key, served: served ?? '', row });
  }
  const groups = new Map<string, Map<string, Planted>>();
  for (const { key, served, row } of said) {
    const version = key ?? versions.get(served) ?? '';
    groups.set(version, (groups.get(version) ?? new Map<string, Planted>()).set(row.id, row));
  }
  return [...groups.values()].map((rows) => [...rows.values()]);
}

/** Of all pairs of complaints about one version: together in a group, against planted together. */
function pairwise(versions: readonly (readonly Planted[])[], groupsOf: (rows: readonly Planted[]) => string[][]) {
  let [both, found, there] = [0, 0, 0];
  for (const rows of versions) {
    const group = new Map(groupsOf(rows).flatMap((ids, i) => ids.map((id) => [id, i] as const)));
    rows.forEach((a, i) => {
      for (const b of rows.slice(i + 1)) {
        const same = a.theme !== null && a.theme === b.theme;
        const together = group.has(a.id) && group.get(a.id) === group.get(b.id);
        if (same) there++;
        if (together) found++;
        if (same && together) both++;
      }
    });
  }
  return { precision: both / found, recall: both / there, f1: (2 * both) / (found + there) };
}

const themes = (rows: readonly Planted[]): string[][] =>
  groupComplaints(complaintsOf(rows)).map((group) => group.members.map(({ id }) => id));
const sharedWordsOnly = (rows: readonly Planted[]): string[][] => {
  const complaints = complaintsOf(rows);
  return clusterComments(complaints.map((each) => each.plain)).map(({ members }) =>
    members.flatMap((index) => complaints[index]?.id ?? []),
  );
};

describe('themes of the sample', () => {
  const versions = planted();

  it('are those that were planted: pairwise F1 of at least 0.8', () => {
    expect(versions.flat().length).toBeGreaterThan(200);
    const found = pairwise(versions, themes);
    expect(found.f1).toBeGreaterThanOrEqual(0.8);
    expect(found.precision).toBeGreaterThan(0.7);
  });

  it('are three quarters there by shared words alone, which is what other languages have', () => {
    const found = pairwise(versions, sharedWordsOnly);
    expect(found.f1).toBeGreaterThan(0.72);
    const allTogether = pairwise(versions, (rows) => [rows.map(({ id }) => id)]);
    expect(found.f1).toBeGreaterThan(allTogether.f1 + 0.08);
  });

  it('go with the truth, not with any labels: shuffled ones are met no better than by chance', () => {
    const random = randomStream(4, 'control');
    const scores = Array.from({ length: 20 }, (_, salt) => {
      const shuffled = versions.map((rows) => {
        const labels = random.shuffle(
          rows.map((each) => each.theme),
          salt,
        );
        return rows.map((row, i) => ({ ...row, theme: labels[i] ?? null }));
      });
      return pairwise(shuffled, themes);
    });
    const mean = (key: 'f1' | 'precision'): number => scores.reduce((sum, each) => sum + each[key], 0) / scores.length;
    // Of all pairs 0.48 are planted together: that is the precision of any guess.
    expect(mean('precision')).toBeGreaterThan(0.43);
    expect(mean('precision')).toBeLessThan(0.53);
    expect(mean('f1')).toBeLessThan(0.58);
  });
});
