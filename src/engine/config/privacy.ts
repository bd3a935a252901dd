import { EngineError } from '../errors.js';
import { Pattern } from '../feedback/redaction/pattern.js';
import type { Checks } from './checks.js';
import { parseDuration } from './durations.js';
import type { RedactionConfig, RetentionConfig } from './types.js';

/** Kinds of personal data and secrets that are looked for where config.yaml says nothing. */
const redactionKinds: readonly string[] = ['email', 'phone', 'card', 'iban', 'ip', 'key'];

const DAY = 86_400_000;

export function defaultRedaction(): RedactionConfig {
  return { kinds: [...redactionKinds], patterns: [] };
}

/** YAML reads `off` as a text. */
function isOff(value: unknown): boolean {
  return value === 'off' || value === false;
}

/**
 * `redaction:`. What is wrong takes nothing away from the protection: with a wrong kind all kinds are on, and a pattern that cannot be used
 * stays, so that whoever would store a text with it refuses to.
 */
export function readRedaction(checks: Checks, value: unknown): RedactionConfig {
  if (value === undefined || value === null) return defaultRedaction();
  if (isOff(value)) return { kinds: [], patterns: [] };
  const record = checks.record(value, ['redaction'], 'The value of "redaction" (a list of keys, or off)');
  if (record === undefined) return defaultRedaction();
  checks.keys(record, ['redaction'], ['kinds', 'patterns'], 'redaction');
  return { kinds: readKinds(checks, record['kinds']), patterns: readPatterns(checks, record['patterns']) };
}

function readKinds(checks: Checks, value: unknown): string[] {
  if (value === undefined || value === null) return [...redactionKinds];
  const list = checks.list(value, ['redaction', 'kinds'], 'The value of "redaction.kinds"');
  if (list === undefined) return [...redactionKinds];
  const kinds = list.map((kind, index) => checks.oneOf(kind, ['redaction', 'kinds', index], 'The kind of redaction', redactionKinds));
  const known = kinds.flatMap((kind) => kind ?? []);
  return known.length < list.length ? [...redactionKinds] : [...new Set(known)];
}

function readPatterns(checks: Checks, value: unknown): RedactionConfig['patterns'] {
  const list = checks.list(value, ['redaction', 'patterns'], 'The value of "redaction.patterns"') ?? [];
  const patterns: RedactionConfig['patterns'] = [];
  list.forEach((entry, index) => {
    const path = ['redaction', 'patterns', index];
    const record = checks.record(entry, path, 'The pattern of redaction');
    if (record === undefined) return;
    checks.keys(record, path, ['name', 'pattern'], 'a pattern of redaction');
    const name = checks.text(record['name'], [...path, 'name'], 'The name of the pattern', true);
    const pattern = checks.text(record['pattern'], [...path, 'pattern'], 'The pattern', true);
    if (pattern === undefined) return;
    if (name !== undefined && !/^[a-z][a-z0-9_-]{0,30}$/.test(name)) {
      checks.report([...path, 'name'], `The name "${name}" is shown in place of what is taken out. Use small letters, digits and hyphens.`);
    }
    try {
      new Pattern(pattern);
    } catch (error) {
      if (!EngineError.is(error)) throw error;
      checks.report([...path, 'pattern'], error.message);
    }
    patterns.push({ name: name !== undefined && /^[a-z][a-z0-9_-]{0,30}$/.test(name) ? name : `pattern-${String(index + 1)}`, pattern });
  });
  return patterns;
}

/** `retention:`. What is wrong is kept: nothing goes because of a slip. */
export function readRetention(checks: Checks, value: unknown): RetentionConfig {
  const retention: RetentionConfig = { interactionDays: null, feedbackDays: null };
  if (value === undefined || value === null || isOff(value)) return retention;
  const record = checks.record(value, ['retention'], 'The value of "retention" (a list of keys, or off)');
  if (record === undefined) return retention;
  checks.keys(record, ['retention'], ['interactions', 'feedback'], 'retention');
  retention.interactionDays = readDays(checks, record['interactions'], 'interactions');
  retention.feedbackDays = readDays(checks, record['feedback'], 'feedback');
  return retention;
}

function readDays(checks: Checks, value: unknown, key: string): number | null {
  if (value === undefined || value === null || isOff(value)) return null;
  const duration = typeof value === 'string' ? parseDuration(value) : null;
  if (duration !== null && duration >= DAY) return duration / DAY;
  checks.report(['retention', key], `The value of "retention.${key}" is no length of time of at least a day. Write it like 30d, or off.`);
  return null;
}
