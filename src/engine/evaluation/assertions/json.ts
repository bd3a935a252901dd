/** Kinds that read the answer as JSON. */
import { parseYaml } from '../../config/yaml.js';
import { objectsIn, TooMany } from './lenientJson.js';
import { parseJson, verdict } from './outcome.js';
import { NotEvaluated, type AssertionTools, type Handlers, type Outcome } from './types.js';

/** A schema's patterns may take this long; then their thread is killed. */
const schemaMs = 5000;

export const jsonHandlers: Handlers = {
  'is-json': ({ value, input, tools }) => json([parseJson(input.output)], value, tools, 'is not valid JSON'),
  'contains-json': ({ value, input, tools }) => json(objectsOf(input.output), value, tools, 'contains no JSON object'),
};

function objectsOf(output: string): unknown[] {
  try {
    return objectsIn(output);
  } catch (error) {
    if (error instanceof TooMany) throw new NotEvaluated('the answer has too many braces to look for JSON in it');
    throw error;
  }
}

/** Holds where one of the values fits the schema. A schema that is a text is YAML, hence JSON as well. */
async function json(values: readonly unknown[], schema: unknown, tools: AssertionTools, none: string): Promise<Outcome> {
  const parsed = values.filter((value) => value !== undefined);
  if (parsed.length === 0) return verdict(false, `The answer ${none}`);
  if (schema === null || schema === undefined || schema === '') return verdict(true, 'The answer is valid JSON');
  const faults = await schemaFaults(typeof schema === 'string' ? schemaOf(schema) : schema, parsed, tools);
  if (faults.includes(null)) return verdict(true, 'The answer is JSON that fits its schema');
  return verdict(false, `The JSON does not fit its schema: ${faults[0] ?? ''}`);
}

function schemaOf(text: string): unknown {
  const { value, problems } = parseYaml('schema', text);
  const wrong = problems.find(({ severity }) => severity === 'error');
  if (wrong !== undefined) throw new NotEvaluated(`its schema cannot be read (${wrong.message})`);
  return value;
}

/** `null` for each value that fits the schema, else its first fault as a sentence. */
export async function schemaFaults(schema: unknown, values: readonly unknown[], tools: AssertionTools): Promise<(string | null)[]> {
  if (tools.code.jsonSchema === undefined) throw new NotEvaluated('JSON Schema is not evaluated here');
  return tools.code.jsonSchema(schema, values, schemaMs, tools.signal);
}
