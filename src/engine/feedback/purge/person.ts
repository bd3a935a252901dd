/** Which records are a person's: those with the name, and those without a name that belong to the person's conversations and answers. */
import { textOf, type Json } from '../values.js';

export class Person {
  readonly sessions = new Set<string>();
  /** Ids of the answers that the person was given. */
  readonly interactions = new Set<string>();
  private readonly traces = new Set<string>();
  /** Words of the person that were found, to look for them elsewhere. */
  readonly texts = new Set<string>();

  /** `names`: pseudonyms. */
  constructor(readonly names: ReadonlySet<string>) {}

  /** Cheap, on a record's line: false where the record is nobody's of the person. */
  mayOwn(line: string): boolean {
    for (const name of this.names) if (line.includes(name)) return true;
    if (this.sessions.size + this.interactions.size + this.traces.size === 0) return false;
    for (const [, , text = ''] of line.matchAll(references)) {
      const id = text.includes('\\') ? unescaped(text) : text;
      if (this.sessions.has(id) || this.interactions.has(id) || this.traces.has(id)) return true;
    }
    return false;
  }

  /** Looks at a record before any is changed: what else is the person's becomes known. */
  learn(record: Json): void {
    const user = textOf(record['user']);
    if (user === null || !this.names.has(user)) return;
    const session = textOf(record['session']);
    if (session !== null) this.sessions.add(session);
    const id = textOf(record['id']);
    const trace = textOf(record['trace_id']);
    if (record['schema'] !== 'promptratchet.interaction/1') return;
    if (id !== null) this.interactions.add(id);
    if (trace !== null) this.traces.add(trace);
  }

  owns(record: Json): boolean {
    const user = textOf(record['user']);
    if (user !== null) return this.names.has(user);
    const session = textOf(record['session']);
    if (session !== null) return this.sessions.has(session);
    const interaction = textOf(record['interaction_id']);
    if (interaction !== null) return this.interactions.has(interaction);
    const trace = textOf(record['trace_id']);
    return trace !== null && this.traces.has(trace);
  }

  /** Remembers every text of a record that is long enough to be told from others'. */
  hear(value: unknown, depth = 0): void {
    if (typeof value === 'string') {
      const text = value.trim();
      if (text.length >= leastLength) this.texts.add(text);
    } else if (typeof value === 'object' && value !== null && depth < 60) {
      for (const item of Object.values(value)) this.hear(item, depth + 1);
    }
  }
}

const references = /"(session|interaction_id|trace_id)":"((?:[^"\\]|\\.)*)"/g;

function unescaped(text: string): string {
  return JSON.parse(`"${text}"`) as string;
}

/** Shorter ones are said by many. */
export const leastLength = 12;

/** The parts of a record in which words stand. */
export function wordsOf(record: Json): unknown[] {
  return ['text', 'correction', 'label', 'input', 'output', 'retrieval', 'attributes'].map((key) => record[key]);
}
