import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { configSchema } from '../../../src/engine/config/configSchema.js';
import { parseConfig } from '../../../src/engine/config/parse.js';
import { keysOfKind } from '../../../src/engine/config/sourceKeys.js';
import { suiteSchema } from '../../../src/engine/evaluation/suiteSchema.js';

const root = join(import.meta.dirname, '../../..');
const sample = join(root, 'src/cli/sample');
const found = (end: RegExp): string[] =>
  readdirSync(sample, { recursive: true })
    .map(String)
    .filter((file) => end.test(file));

type Schema = Record<string, unknown> & { properties?: Record<string, Schema>; items?: Schema; anyOf?: Schema[]; $ref?: string };

/** What the checks say that they know, at the place of a key that nobody has. */
function knownKeys(config: unknown, what: string): string[] {
  const { problems } = parseConfig(stringify(config));
  const said = problems.map(({ message }) => message).find((message) => message.includes(`is not known in ${what}.`));
  const list = /Known keys are (.*)\.$/.exec(said ?? '')?.[1];
  return (list ?? `nothing said: ${problems.map(({ message }) => message).join(' ')}`).split(', ').sort();
}

const keys = (schema: Schema | undefined): string[] => Object.keys(schema?.properties ?? {}).sort();

describe('the schemas that the extension ships', () => {
  it.each([
    ['suite', suiteSchema()],
    ['config', configSchema()],
  ])('%s is the file that is made from the key tables (vitest -u writes it)', async (name, schema) => {
    await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot(join(root, `media/schemas/${name}.schema.json`));
  });

  it('hold for the suites and the configuration of the sample, and not for a typing error', () => {
    const suite = new Ajv({ strict: false }).compile(suiteSchema());
    const suites = found(/\.eval\.ya?ml$/);
    expect(suites.length).toBeGreaterThan(0);
    for (const file of suites) {
      suite(parse(readFileSync(join(sample, file), 'utf8')));
      expect({ file, errors: suite.errors }).toEqual({ file, errors: null });
    }
    expect(suite({ prompts: ['a'], tests: [{ assert: [{ type: 'icontains', value: 'x' }] }] })).toBe(true);
    expect(suite({ prompts: ['a'], test: [] })).toBe(false);
    expect(suite({ tests: [{ assert: [{ type: 'icontain', value: 'x' }] }] })).toBe(false);
    const config = new Ajv({ strict: false }).compile(configSchema());
    for (const file of found(/\.ratchet\/config\.yaml$/)) {
      config(parse(readFileSync(join(sample, file), 'utf8')));
      expect({ file, errors: config.errors }).toEqual({ file, errors: null });
    }
    expect(config({ version: 1, treshold: 0.5 })).toBe(false);
  });

  it('know the keys that the checks of config.yaml know, no more and no fewer', () => {
    const schema = configSchema() as Schema;
    const own = schema.properties ?? {};
    const odd = { qqqqzzzz: 1 };
    expect(keys(schema)).toEqual(knownKeys(odd, 'config.yaml'));
    expect(keys(own['models']?.items)).toEqual(knownKeys({ models: [odd] }, 'a model'));
    expect(keys(own['models']?.items?.properties?.['price'])).toEqual(
      knownKeys({ models: [{ name: 'm', provider: 'echo', price: odd }] }, 'a price'),
    );
    expect(keys(own['models']?.items?.properties?.['http'])).toEqual(
      knownKeys({ models: [{ name: 'm', provider: 'http', http: odd }] }, '"http"'),
    );
    expect(keys(own['defaults'])).toEqual(knownKeys({ defaults: odd }, '"defaults"'));
    expect(keys(own['retention'])).toEqual(knownKeys({ retention: odd }, 'retention'));
    expect(keys(own['redaction']?.anyOf?.[1])).toEqual(knownKeys({ redaction: odd }, 'redaction'));
    const definitions = schema['$defs'] as Record<string, Schema>;
    const database = (tables: unknown): unknown => ({
      sources: [{ name: 's', kind: 'postgres', url: 'postgresql://localhost/x', tables }],
    });
    expect(keys(definitions['tables'])).toEqual(knownKeys(database(odd), 'tables'));
    expect(keys(definitions['tables']?.properties?.['feedback'])).toEqual(knownKeys(database({ feedback: odd }), 'a table'));
    const scored = { sources: [{ name: 's', kind: 'jsonl', path: 'a.jsonl', scores: { s: odd } }] };
    expect(keys(definitions['score'])).toEqual(knownKeys(scored, 'a score'));
    for (const [index, kind] of Object.keys(keysOfKind).entries()) {
      const one = own['sources']?.items?.anyOf?.[index];
      expect(keys(one)).toEqual(knownKeys({ sources: [{ name: 's', kind, ...odd }] }, `a source of kind ${kind}`));
    }
  });
});
