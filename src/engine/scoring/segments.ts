/**
 * `--segment key`: the score by a value of each record, such as the plan of the customer; which segment is worse than the rest, and which would
 * be served better by another version. Users are compared with users: in each of the two groups a user counts once.
 */
import type { PromptScore, VersionScore } from '../../shared/documents.js';
import type { Channel, GroupSums, UnitSums } from '../feedback/backend.js';
import { holm, lowerThan, newcombe, type Sample } from '../stats/compare.js';
import { pValue, size4, unit6 } from './rounding.js';
import { meanOf, scoreOf } from './values.js';
import { headlineOf } from './versionScore.js';

/** Under this effective number of users on either side nothing is tested. */
const minTested = 10;
const alpha = 0.05;

/**
 * By value, of the headline's channel. `worse` is adjusted by Holm over the segments of the version that are large enough to be tested: a flag may
 * send somebody to work, so that any false one among them should be rare (at most 5 %), and segments that share users are not independent, which
 * Holm does not need. Benjamini and Hochberg's procedure would let a share of the flags be false.
 */
export function scoreSegments(group: GroupSums, channel: Channel, key: string): VersionScore['segments'] {
  const found = group.segments
    .flatMap((segment) => {
      const score = scoreOf(segment.channels.get(channel));
      return score === null ? [] : [{ segment, score, rest: scoreOf(segment.rest.get(channel)) }];
    })
    .sort((a, b) => (a.segment.value < b.segment.value ? -1 : 1));
  const raw = found.map(({ segment }) => {
    const [own, rest] = [sampleOf(segment.channels.get(channel)), sampleOf(segment.rest.get(channel))];
    return own === null || rest === null ? null : lowerThan(own, rest);
  });
  const tested = raw.flatMap((p) => (p === null ? [] : [p]));
  const adjusted = holm(tested);
  let next = 0;
  return found.map(({ segment, score, rest }, i) => {
    const p = raw[i] == null ? null : pValue(adjusted[next++] ?? 1);
    return { key, value: segment.value, score, rest, p, worse: p !== null && p < alpha };
  });
}

/**
 * For each value the version that did better among its users than the one they have now: the current version where it has feedback, else the one
 * with the most users. Only versions that are named and have enough users of that value are compared. All comparisons are adjusted together: p by
 * Holm, the interval by Bonferroni; only what both call better is proposed, the best version of each value. Versions were not given out by lot, so
 * it is a proposal of what to try, not a finding.
 */
export function targetingOf(groups: readonly GroupSums[], current: string | null, key: string): NonNullable<PromptScore['targeting']> {
  const named = groups.filter((group) => group.version !== null);
  const channel = named.length > 0 && named.every((group) => headlineOf(group).channel === 'expert') ? 'expertRandom' : 'explicit';
  const usersOf = (group: GroupSums): number => group.channels.get(channel)?.users ?? 0;
  const byUsers = [...named].sort((a, b) => usersOf(b) - usersOf(a) || ((a.version ?? '') < (b.version ?? '') ? -1 : 1));
  const now = named.find((group) => group.version === current && usersOf(group) > 0) ?? byUsers[0];
  if (now === undefined) return [];
  const compared: { value: string; version: string; own: Sample; other: Sample; p: number }[] = [];
  for (const { value, channels } of now.segments) {
    const own = sampleOf(channels.get(channel));
    if (own === null) continue;
    for (const group of named) {
      if (group === now) continue;
      const other = sampleOf(group.segments.find((each) => each.value === value)?.channels.get(channel));
      if (other !== null) compared.push({ value, version: group.version ?? '', own, other, p: lowerThan(own, other) });
    }
  }
  compared.sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : a.version < b.version ? -1 : 1));
  const adjusted = holm(compared.map((each) => each.p));
  const best = new Map<string, NonNullable<PromptScore['targeting']>[number]>();
  compared.forEach(({ value, version, own, other }, i) => {
    const { delta, lo, hi } = newcombe(other, own, 1 - alpha / compared.length);
    const p = pValue(adjusted[i] ?? 1);
    const proposal = { key, value, version, instead: now.version ?? '', delta: unit6(delta), lo: unit6(lo), hi: unit6(hi), p };
    if (!(p < alpha) || !(proposal.lo > 0)) return;
    if (proposal.delta > (best.get(value)?.delta ?? 0)) best.set(value, proposal);
  });
  return [...best.values()];
}

function sampleOf(sums: UnitSums | undefined): Sample | null {
  const sample = sums === undefined ? null : meanOf(sums);
  return sample === null || size4(sample.nEff) < minTested ? null : sample;
}
