/** Complaints of one prompt version grouped by what they say. */
import type { Theme } from '../../../shared/documents.js';
import type { PromptDocument } from '../../prompts/types.js';
import type { ComplaintRow } from '../../feedback/backend.js';
import { deterministicId } from '../../feedback/identity.js';
import { unit6 } from '../rounding.js';
import { clusterComments } from './clusters.js';
import { concepts, praise, reservation, type Concept } from './concepts.js';
import { pointersOfConcept, pointersOfStems, sentencesOf, type Sentence } from './pointers.js';
import { normaliseComment } from './words.js';

const minUsers = 2;
const maxThemes = 8;
const exampleCount = 3;

interface Group {
  id: string;
  label: string;
  members: ComplaintRow[];
  pointers: (sentences: readonly Sentence[]) => Theme['segments'];
}

/**
 * Themes that at least two users share, most users first, at most eight; one user may be in several. `share` is of the
 * users who said something. `document`: the prompt with exactly the text that the complaints are about, else `null`.
 */
export function findThemes(given: readonly ComplaintRow[], document: PromptDocument | null): Theme[] {
  const complaints = given
    .map((each) => ({ ...each, plain: normaliseComment(each.text) }))
    .filter((each) => each.plain !== '' && (each.rated || !praise.test(each.plain) || reservation.test(each.plain)))
    .sort((a, b) => b.time - a.time || (a.plain < b.plain ? -1 : a.plain > b.plain ? 1 : a.id < b.id ? -1 : 1));
  const everybody = new Set(complaints.map((each) => each.unit)).size;
  const groups: Group[] = concepts.map((concept) => conceptGroup(concept, complaints));
  const known = new Set(groups.flatMap((group) => group.members.map((each) => each.id)));
  const rest = complaints.filter((each) => !known.has(each.id));
  for (const cluster of clusterComments(rest.map((each) => each.text))) {
    groups.push({
      id: `words-${deterministicId(cluster.label).slice(0, 12)}`,
      label: cluster.label,
      members: cluster.members.flatMap((index) => rest[index] ?? []),
      pointers: (sentences) => pointersOfStems(cluster.stems, sentences),
    });
  }
  const sentences = document === null ? [] : sentencesOf(document);
  return groups
    .map((group) => ({ group, users: new Set(group.members.map((each) => each.unit)).size }))
    .filter(({ users }) => users >= minUsers)
    .sort((a, b) => b.users - a.users || (a.group.id < b.group.id ? -1 : 1))
    .slice(0, maxThemes)
    .map(({ group, users }) => ({
      id: group.id,
      label: group.label,
      users,
      share: unit6(users / everybody),
      examples: examplesOf(group.members),
      segments: group.pointers(sentences),
    }));
}

function conceptGroup(concept: Concept, complaints: readonly (ComplaintRow & { plain: string })[]): Group {
  return {
    id: concept.id,
    label: concept.label,
    members: complaints.filter((each) => concept.complaint.test(each.plain)),
    pointers: (sentences) => pointersOfConcept(concept, sentences),
  };
}

/** Ids of the newest of different users. */
function examplesOf(members: readonly ComplaintRow[]): string[] {
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
