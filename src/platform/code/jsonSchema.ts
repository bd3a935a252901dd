/** JSON Schema by Ajv. Runs in the worker thread only: Ajv generates code, and a schema's `pattern` may backtrack for ever. */
import type { ErrorObject, ValidateFunction } from 'ajv';

/** What the schema says of each value: `null` where it fits, else the first place that does not, as a sentence. */
export type SchemaFaults = (string | null)[];

type Dialect = '7' | '2019' | '2020';

/** The three classes have the same methods, of a base that the package does not name. */
interface Compiler {
  compile(schema: object | boolean): ValidateFunction;
}

/** An unknown keyword or format is an error, as it is for promptfoo: what is not understood must not count as held. */
const options = {
  strictSchema: true,
  strictTypes: false,
  strictTuples: false,
  strictRequired: false,
  addUsedSchema: false,
  logger: false,
} as const;
const validators = new Map<string, ValidateFunction>();
const compilers = new Map<Dialect, Compiler>();
const maxSchemas = 200;

/** Throws where the schema is none, uses a dialect or keyword that Ajv does not have, or refers to what is not in it. */
export async function schemaFaults(schema: unknown, values: readonly unknown[]): Promise<SchemaFaults> {
  const validate = await validatorOf(schema);
  return values.map((value) => (validate(value) ? null : sentence(validate.errors?.[0])));
}

async function validatorOf(schema: unknown): Promise<ValidateFunction> {
  const key = JSON.stringify(schema);
  const known = validators.get(key);
  if (known !== undefined) return known;
  const made = await compiled(schema);
  if (validators.size >= maxSchemas) validators.clear();
  validators.set(key, made);
  return made;
}

async function compiled(schema: unknown): Promise<ValidateFunction> {
  if (typeof schema !== 'boolean' && (typeof schema !== 'object' || schema === null || Array.isArray(schema)))
    throw new Error('a schema is a mapping');
  const named: unknown = typeof schema === 'object' ? (schema as Record<string, unknown>)['$schema'] : undefined;
  if (typeof named === 'string') {
    const year = /\/draft\/(2019|2020)-\d\d\//u.exec(named)?.[1];
    return (await compilerOf(year === '2019' || year === '2020' ? year : '7')).compile(schema);
  }
  // A schema that names no dialect is draft 7 for promptfoo; one that is not may be written for the newest.
  try {
    return (await compilerOf('7')).compile(schema);
  } catch (error) {
    try {
      return (await compilerOf('2020')).compile(schema);
    } catch {
      // The first error is about the dialect that was meant.
      throw error;
    }
  }
}

async function compilerOf(dialect: Dialect): Promise<Compiler> {
  const known = compilers.get(dialect);
  if (known !== undefined) return known;
  const made = await create(dialect);
  compilers.set(dialect, made);
  return made;
}

/** Loaded when a schema is first asked for: most suites have none. */
async function create(dialect: Dialect): Promise<Compiler> {
  const { default: formats } = (await import('ajv-formats')) as unknown as { default: { default: <T>(compiler: T) => T } };
  if (dialect === '2019') return formats.default(new (await import('ajv/dist/2019.js')).Ajv2019(options));
  if (dialect === '2020') return formats.default(new (await import('ajv/dist/2020.js')).Ajv2020(options));
  return formats.default(new (await import('ajv')).Ajv(options));
}

function sentence(error: ErrorObject | undefined): string {
  if (error === undefined) return 'the answer does not fit';
  const at = error.instancePath === '' ? 'the answer' : error.instancePath;
  const extra: unknown =
    (error.params as Record<string, unknown>)['additionalProperty'] ?? (error.params as Record<string, unknown>)['unevaluatedProperty'];
  return `${at} ${error.message ?? 'does not fit'}${typeof extra === 'string' ? `: "${extra}"` : ''}`;
}
