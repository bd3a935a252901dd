import { isRecord, parseYaml } from '../config/yaml.js';
import { EngineError } from '../errors.js';
import type { References } from './references.js';
import type { Path } from './suiteSource.js';

/** References to references, and what all of them may unfold to. */
const maxDepth = 32;
const maxNodes = 1_000_000;

interface Root {
  /** Empty for the file itself. */
  file: string;
  value: unknown;
}

/**
 * Puts in what `$ref` stands for, anywhere in a file: `#/part` of the file itself, `other.yaml#/part` of another. Keys beside `$ref` go before
 * those of what it stands for, as promptfoo has it. What is not found stays as it is (a JSON Schema has references of its own) and is told.
 */
export async function dereference(value: unknown, references: References, report: (message: string, path: Path) => void): Promise<unknown> {
  const files = new Map<string, unknown>();
  let nodes = 0;

  async function rootOf(written: string, home: Root): Promise<Root> {
    if (written === '') return home;
    if (!files.has(written)) {
      const { file, text } = await references.read(`file://${written}`);
      files.set(written, parseYaml(file, text).value);
    }
    return { file: written, value: files.get(written) };
  }

  async function walk(part: unknown, home: Root, path: Path, trail: readonly string[]): Promise<unknown> {
    nodes++;
    if (nodes > maxNodes || path.length + trail.length > 200)
      throw new EngineError('SUITE_INVALID', 'The references ($ref) of this file unfold to too much. Write the parts out.');
    if (Array.isArray(part)) {
      const items: unknown[] = [];
      for (const [index, item] of (part as unknown[]).entries()) items.push(await walk(item, home, [...path, index], trail));
      return items;
    }
    if (!isRecord(part)) return part;
    const reference = part['$ref'];
    if (typeof reference === 'string') {
      const found = await follow(reference, part, home, path, trail);
      if (found !== undefined) return found.value;
    }
    const copy: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(part)) {
      const read = await walk(item, home, [...path, key], trail);
      Object.defineProperty(copy, key, { value: read, enumerable: true, configurable: true, writable: true });
    }
    return copy;
  }

  async function follow(
    reference: string,
    part: Record<string, unknown>,
    home: Root,
    path: Path,
    trail: readonly string[],
  ): Promise<{ value: unknown } | undefined> {
    // Inside of a value they belong to a JSON Schema, unless they are found here.
    const isValue = path.includes('value');
    const [, file = '', pointer = ''] = /^([^#]*)(?:#(.*))?$/su.exec(reference) ?? [];
    const name = `${file === '' ? home.file : file}#${pointer}`;
    if (trail.includes(name) || trail.length > maxDepth) {
      report(`The reference ${reference} leads back to itself. Write the part out.`, path);
      return undefined;
    }
    try {
      const root = await rootOf(file, home);
      const target = at(root.value, pointer);
      if (target === undefined) {
        if (!isValue) report(`The reference ${reference} leads nowhere. Check its path, such as #/assertionTemplates/name.`, path);
        return undefined;
      }
      const value = await walk(target, root, path, [...trail, name]);
      const { $ref: _, ...beside } = part;
      if (Object.keys(beside).length === 0 || !isRecord(value)) return { value };
      const own = await walk(beside, home, path, trail);
      return { value: { ...value, ...(own as Record<string, unknown>) } };
    } catch (error) {
      if (!EngineError.is(error) || error.code === 'SUITE_INVALID') throw error;
      report(error.message, path);
      return undefined;
    }
  }

  return walk(value, { file: '', value }, [], []);
}

/** What a JSON pointer leads to; `undefined` where that is nothing. */
function at(value: unknown, pointer: string): unknown {
  let part = value;
  for (const step of pointer.split('/').filter((each, index) => index > 0 || each !== '')) {
    const key = decoded(step).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof part !== 'object' || part === null || !Object.hasOwn(part, key)) return undefined;
    part = (part as Record<string, unknown>)[key];
  }
  return part;
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    // A percent sign that is no escape stands for itself.
    return step;
  }
}
