/** Kinds that read the answer as JSON. */
import { parseYaml } from '../../config/yaml.js';
import { checkSchema } from '../jsonSchema.js';
import { parseJson, regexMs, short, verdict } from './outcome.js';
import { NotEvaluated, type AssertionTools, type Handlers, type Outcome } from './types.js';

export const jsonHandlers: Handlers = {
  'is-json': ({ value, input, tools }) => json([parseJson(input.output.trim())], value, tools),
  'contains-json': ({ value, input, tools }) => json(findJson(input.output), value, tools),
};

/** The JSON objects and lists in a text, outermost first; bounded, for an answer may be full of brackets. */
function findJson(output: string): unknown[] {
  const found: unknown[] = [];
  let tries = 0;
  for (let start = 0; start < output.length && tries < 50; start++) {
    const open = output[start];
    if (open !== '{' && open !== '[') continue;
    tries++;
    const close = open === '{' ? '}' : ']';
    for (let end = output.lastIndexOf(close), ends = 0; end > start && ends < 50; end = output.lastIndexOf(close, end - 1), ends++) {
      const parsed = parseJson(output.slice(start, end + 1));
      if (parsed === undefined) continue;
      found.push(parsed);
      start = end;
      break;
    }
  }
  return found;
}

/** Holds where one of the values fits the schema. A schema that is a text is YAML, hence JSON as well. */
async function json(values: readonly unknown[], schema: unknown, tools: AssertionTools): Promise<Outcome> {
  const parsed = values.filter((value) => value !== undefined);
  if (parsed.length === 0) return verdict(false, 'The answer is not valid JSON');
  if (schema === null || schema === undefined || schema === '') return verdict(true, 'The answer is valid JSON');
  const given = typeof schema === 'string' ? parseYaml('schema', schema).value : schema;
  let fault = '';
  for (const value of parsed) {
    const wrong = await schemaFault(value, given, tools);
    if (wrong === null) return verdict(true, 'The answer is JSON that fits its schema');
    if (fault === '') fault = wrong;
  }
  return verdict(false, `The JSON does not fit its schema: ${fault}`);
}

async function schemaFault(value: unknown, schema: unknown, tools: AssertionTools): Promise<string | null> {
  const { fault, patterns, unknown } = checkSchema(value, schema);
  if (fault !== null) return fault;
  if (unknown.length > 0)
    throw new NotEvaluated(`its schema uses ${[...new Set(unknown)].slice(0, 3).join(', ')}, which is not evaluated here`);
  for (const { path, pattern, text } of patterns) {
    if (!(await tools.code.regex(pattern, 'u', text, regexMs))) return `${path} does not match /${short(pattern)}/`;
  }
  return null;
}
