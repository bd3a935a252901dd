/**
 * Which case does what: development cases steer the search, held-out cases are asked once by the gate, `train` cases may be shown.
 * The role follows from the cluster's own name, so adding cases at the end of a suite never moves an earlier one.
 */
import type { EvalCase } from '../evaluation/types.js';
import { hash32 } from '../stats/random.js';
import { NearDuplicateIndex } from './nearDuplicates.js';
import type { Roles } from './types.js';

const HELD_OUT_PERCENT = 50;

/** `salt` is the prompt and the suite: the same case may have different roles for different prompts. */
export function assignRoles(cases: readonly EvalCase[], salt: string): Roles {
  const cluster = clusters(cases);
  const train = new Set(cases.filter(isTrain).map((item) => cluster.get(item.id) ?? item.id));
  const roles: Roles = { train: [], dev: [], heldOut: [], cluster };
  for (const item of cases) {
    const name = cluster.get(item.id) ?? item.id;
    // A near-duplicate of a shown case would measure memory, not the prompt.
    if (train.has(name)) {
      if (isTrain(item)) roles.train.push(item);
    } else if (hash32(`${salt}\u0000${name}`) % 100 < HELD_OUT_PERCENT) roles.heldOut.push(item);
    else roles.dev.push(item);
  }
  return roles;
}

/** All the text that a case sends to the model. */
export function caseText(item: Pick<EvalCase, 'vars'>): string {
  return Object.keys(item.vars)
    .sort()
    .map((name) => plainText(item.vars[name] ?? null))
    .join('\n');
}

function plainText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isTrain(item: EvalCase): boolean {
  return item.metadata.split === 'train';
}

/** A case joins the cluster of its group, else that of the first earlier case it is near to, else starts its own. */
function clusters(cases: readonly EvalCase[]): Map<string, string> {
  const index = new NearDuplicateIndex();
  const byIndex: string[] = [];
  const byGroup = new Map<string, string>();
  const result = new Map<string, string>();
  for (const item of cases) {
    const text = caseText(item);
    const near = index.find(text);
    const group = groupOf(item);
    const name =
      (group === null ? undefined : byGroup.get(group)) ??
      (near === null ? undefined : byIndex[near]) ??
      (group === null ? item.id : `group:${group}`);
    if (group !== null && !byGroup.has(group)) byGroup.set(group, name);
    byIndex[index.add(text)] = name;
    result.set(item.id, name);
  }
  return result;
}

function groupOf(item: EvalCase): string | null {
  const value = item.metadata.groupKey ?? item.metadata.group;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}
