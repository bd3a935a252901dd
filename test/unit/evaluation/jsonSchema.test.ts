import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { checkSchema } from '../../../src/engine/evaluation/jsonSchema.js';

const values: unknown[] = [
  null,
  true,
  0,
  1,
  1.5,
  -3,
  '',
  'abc',
  'äöü',
  [],
  [1, 2],
  [1, 1],
  ['a', 1],
  {},
  { a: 1 },
  { a: 'x', b: 2 },
  { a: { b: [1, { c: null }] } },
];

const schemas: unknown[] = [
  true,
  false,
  { type: 'integer' },
  { type: ['string', 'null'] },
  { enum: ['abc', 1, [1, 2], { a: 1 }] },
  { const: { a: 1 } },
  { minLength: 1, maxLength: 3 },
  { minimum: 1, exclusiveMaximum: 1.5 },
  { maximum: 0, exclusiveMinimum: -3 },
  { multipleOf: 0.5 },
  { minItems: 1, maxItems: 2, uniqueItems: true },
  { items: { type: 'number' } },
  { prefixItems: [{ type: 'string' }], items: { type: 'integer' } },
  { required: ['a'], properties: { a: { type: 'integer' } }, additionalProperties: false },
  { additionalProperties: { type: 'number' }, minProperties: 1, maxProperties: 1 },
  { anyOf: [{ type: 'string' }, { minimum: 1 }] },
  { oneOf: [{ type: 'number' }, { type: 'integer' }] },
  { allOf: [{ type: 'object' }, { required: ['b'] }] },
  { not: { type: 'object' } },
  { $defs: { n: { type: 'number' } }, properties: { a: { $ref: '#/$defs/n' } } },
];

describe('JSON Schema', () => {
  it('says the same as Ajv on every value and schema here', () => {
    const ajv = new Ajv2020({ strict: false });
    for (const schema of schemas) {
      const validate = ajv.compile(schema as object);
      for (const value of values) {
        const { fault, unknown } = checkSchema(value, schema);
        expect(unknown).toEqual([]);
        expect({ schema, value, holds: fault === null }).toEqual({ schema, value, holds: validate(value) });
      }
    }
  });

  it('names the place that does not hold', () => {
    expect(checkSchema({ a: { b: ['x'] } }, { properties: { a: { properties: { b: { items: { type: 'number' } } } } } }).fault).toBe(
      '/a/b/0 is not of type number',
    );
  });

  it('reports keywords that it does not evaluate, and references that go round', () => {
    expect(checkSchema({}, { dependentSchemas: {} }).unknown).toEqual(['dependentSchemas']);
    expect(checkSchema({}, { $ref: '#' }).unknown).toContain('$ref in a circle');
  });
});

describe('formats', () => {
  it.each([
    ['email', 'a.b+c@example.org', 'a@b@c'],
    ['email', 'x@y.z', '.a@b.c'],
    ['date', '2024-02-29', '2023-02-29'],
    ['date-time', '2024-02-29T23:59:60Z', '2024-02-29T24:00:00Z'],
    ['time', '10:00:00+01:00', '10:00:00'],
    ['uri', 'https://example.org/a?b=c#d', 'example.org/a b'],
    ['uuid', '123e4567-e89b-12d3-a456-426614174000', '123e4567'],
    ['ipv4', '127.0.0.1', '127.0.0.256'],
    ['hostname', 'a-b.example', '-a.example'],
  ])('%s: %s, not %s', (format, good, bad) => {
    expect(checkSchema(good, { format }).fault).toBeNull();
    expect(checkSchema(bad, { format }).fault).toContain(format);
    expect(checkSchema(7, { format })).toMatchObject({ fault: null, unknown: [] });
  });

  it('that are not checked here are no result', () => {
    expect(checkSchema('x', { format: 'idn-email' }).unknown).toEqual(['format idn-email']);
  });

  it('take no time on a hostile text', () => {
    expect(checkSchema(`${'a.'.repeat(50_000)}@`, { format: 'email' }).fault).not.toBeNull();
  });
});

describe('dependentRequired', () => {
  it('asks for more where a property is there', () => {
    const schema = { dependentRequired: { card: ['address'] } };
    expect(checkSchema({ card: 1 }, schema).fault).toContain('address');
    expect(checkSchema({}, schema).fault).toBeNull();
  });
});
