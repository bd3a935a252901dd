/**
 * Complaints of one prompt version grouped by what they say. Groups come from what comments share (`clusters.ts`), in any language. For English a
 * small table of concepts completes them (`concepts.ts`): words that mean the same without a letter in common meet, and a comment that plainly says
 * one thing is taken out of a group of another. Labels are the comments' own words.
 */
import type { Theme } from '../../../shared/documents.js';
import type { ComplaintRow } from '../../feedback/backend.js';
import { deterministicId } from '../../feedback/identity.js';
import type { PromptDocument } from '../../prompts/types.js';
import { unit6 } from '../rounding.js';
import { clusterComments } from './clusters.js';
import { concepts, praise, reservation, type Concept } from './concepts.js';
import { Lexicon } from './features.js';
import { labelOf, typicalStems } from './labels.js';
import { pointersOfConcept, pointersOfStems, sentencesOf, type Sentence } from './pointers.js';
import { normaliseComment, stemsOf } from './words.js';

interface Complaint extends ComplaintRow {
  plain: string;
}

/** Complaints that go together; the most typical first. */
export interface ComplaintGroup {
  members: readonly Complaint[];
  /** What the table knows of it, most members first. */
  concepts: readonly Concept[];
  /** Found by shared words, not by the table alone. */
  shared: boolean;
}

const minUsers = 2;
const maxThemes = 8;
const exampleCount = 3;
/** So many of the most typical comments are looked at for a label. */
const labelledBy = 100;
/** A concept is at home in the group that has the most of its comments, if those are a third of them and at least this share of the group. */
const homeShare = 0.1;
/** A concept without a home takes comments out of other groups if at least so many say it, and this share of all. */
const fewest = 4;
const fewestShare = 0.03;

/**
 * Themes that at least two users share, most users first, at most eight; a comment is in one theme, a user may be in several. `share` is of the
 * users who said something. `document`: the prompt with exactly the text that the complaints are about, else `null`. `lexicon`: of earlier calls,
 * which makes this one quicker and changes nothing else.
 */
export function findThemes(given: readonly ComplaintRow[], document: PromptDocument | null, lexicon = new Lexicon()): Theme[] {
  const complaints = complaintsOf(given);
  const everybody = new Set(complaints.map((each) => each.unit)).size;
  const sentences = document === null ? [] : sentencesOf(document);
  return groupComplaints(complaints, lexicon)
    .map((group) => ({ group, users: usersOf(group.members) }))
    .filter(({ users }) => users >= minUsers)
    .map(({ group, users }) => ({ group, users, stems: typicalStems(group.members.map((each) => each.plain)) }))
    .map((each) => ({ ...each, id: idOf(each.group, each.stems) }))
    .sort((a, b) => b.users - a.users || (a.id < b.id ? -1 : 1))
    .slice(0, maxThemes)
    .map(({ group, users, stems, id }) => ({
      id,
      label: nameOf(group),
      users,
      share: unit6(users / everybody),
      examples: examplesOf(group.members),
      segments: segmentsOf(group, stems, sentences),
    }));
}

/** What is a complaint at all, in an order that does not depend on that in which they came. */
export function complaintsOf(given: readonly ComplaintRow[]): Complaint[] {
  return given
    .map((each) => ({ ...each, plain: normaliseComment(each.text) }))
    .filter((each) => each.plain !== '' && (each.rated || !praise.test(each.plain) || reservation.test(each.plain)))
    .sort((a, b) => b.time - a.time || (a.plain < b.plain ? -1 : a.plain > b.plain ? 1 : a.id < b.id ? -1 : 1));
}

/** Every complaint is in one group at most. */
export function groupComplaints(complaints: readonly Complaint[], lexicon = new Lexicon()): ComplaintGroup[] {
  const said = complaints.map(({ plain }) => concepts.filter((concept) => concept.complaint.test(plain)));
  const clusters = clusterComments(
    complaints.map((each) => each.plain),
    lexicon,
  ).map((each) => each.members);
  const cluster = new Map(clusters.flatMap((members, i) => members.map((index) => [index, i] as const)));
  const homes = new Map(concepts.map((concept) => [concept, homeOf(concept, said, clusters, cluster)]));
  // A cluster most of whose comments say what is at home in another belongs to that one.
  const joined = clusters.map((members, i) => {
    const other = concepts.find((concept) => {
      const home = homes.get(concept);
      return home !== null && home !== i && members.filter((index) => said[index]?.includes(concept) === true).length * 2 >= members.length;
    });
    return other === undefined ? i : (homes.get(other) ?? i);
  });
  const counts = new Map(concepts.map((concept) => [concept, said.filter((each) => each.includes(concept)).length]));
  const isTold = (concept: Concept): boolean =>
    homes.get(concept) != null || (counts.get(concept) ?? 0) >= Math.max(fewest, fewestShare * complaints.length);
  const groups = new Map<string, { indices: number[]; shared: boolean }>();
  const put = (key: string, index: number, shared: boolean): void => {
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { indices: [index], shared });
    else group.indices.push(index);
  };
  // The deepest of each cluster come first, so that they stay the most typical of their group.
  const order = [...clusters.flat(), ...complaints.keys()];
  for (const index of new Set(order)) {
    const own = said[index] ?? [];
    const at = cluster.get(index);
    const places = own.map((concept) => {
      const home = homes.get(concept) ?? null;
      return home === null ? `concept ${concept.id}` : `cluster ${String(home)}`;
    });
    const there = at === undefined ? null : `cluster ${String(joined[at] ?? at)}`;
    // Where it says several things, the place where it lies already, else the first of the table. What few say takes nobody out of a group.
    const stays = there !== null && (places.includes(there) || !own.some((concept) => isTold(concept)));
    const place = places.length === 0 || stays ? there : (places[0] ?? null);
    if (place !== null) put(place, index, place.startsWith('cluster'));
  }
  return [...groups.values()].map(({ indices, shared }) => ({
    members: indices.flatMap((index) => complaints[index] ?? []),
    concepts: conceptsOf(indices, said),
    shared,
  }));
}

/** Number of the cluster, or `null`: the concept stands for itself. */
function homeOf(
  concept: Concept,
  said: readonly (readonly Concept[])[],
  clusters: readonly (readonly number[])[],
  cluster: ReadonlyMap<number, number>,
): number | null {
  const speakers = said.flatMap((each, index) => (each.includes(concept) ? [index] : []));
  const counts = clusters.map((_, i) => speakers.filter((index) => cluster.get(index) === i).length);
  const most = Math.max(0, ...counts);
  const home = counts.indexOf(most);
  return most * 3 >= speakers.length && most > 0 && most >= homeShare * (clusters[home]?.length ?? 0) ? home : null;
}

/** Concepts that at least a tenth of the members say, most members first. */
function conceptsOf(indices: readonly number[], said: readonly (readonly Concept[])[]): Concept[] {
  return concepts
    .map((concept) => ({ concept, count: indices.filter((index) => said[index]?.includes(concept) === true).length }))
    .filter(({ count }) => count > 0 && count >= homeShare * indices.length)
    .sort((a, b) => b.count - a.count)
    .map(({ concept }) => concept);
}

function usersOf(members: readonly Complaint[]): number {
  return new Set(members.map((each) => each.unit)).size;
}

/** Stable while the group says the same: the concept, else the words that it has in common, else its label. */
function idOf(group: ComplaintGroup, stems: readonly string[]): string {
  const [concept] = group.concepts;
  if (concept !== undefined) return concept.id;
  return `words-${deterministicId(stems.length > 0 ? stems.join(' ') : nameOf(group)).slice(0, 12)}`;
}

/** Own words of the comments; what only the table holds together has the table's name. */
function nameOf(group: ComplaintGroup): string {
  const [concept] = group.concepts;
  if (!group.shared && concept !== undefined) return concept.label;
  return labelOf(group.members.slice(0, labelledBy).map((each) => each.text));
}

/** Ids of the most typical of different users. */
function examplesOf(members: readonly Complaint[]): string[] {
  const users = new Set<string>();
  const ids: string[] = [];
  for (const { unit, id } of members) {
    if (users.has(unit)) continue;
    users.add(unit);
    ids.push(id);
    if (ids.length === exampleCount) break;
  }
  return ids;
}

const maxSegments = 3;

/**
 * Sentences of the prompt that bring the complaint about by what the table knows, then those that share words with it; with the number of users
 * whose comments say so.
 */
function segmentsOf(group: ComplaintGroup, stems: readonly string[], sentences: readonly Sentence[]): Theme['segments'] {
  const found = new Map<number, Theme['segments'][number]>();
  const add = (pointers: { range: Theme['segments'][number]['range'] }[], users: number): void => {
    for (const { range } of pointers) if (users > 0 && !found.has(range.start)) found.set(range.start, { range, users });
  };
  for (const concept of group.concepts) {
    add(pointersOfConcept(concept, sentences), usersOf(group.members.filter((each) => concept.complaint.test(each.plain))));
  }
  const shared = found.size === 0 ? pointersOfStems(stems, sentences) : [];
  if (shared.length > 0) {
    add(shared, usersOf(group.members.filter((each) => stemsOf(each.plain).some((stem) => stems.includes(stem)))));
  }
  return [...found.values()].slice(0, maxSegments);
}
