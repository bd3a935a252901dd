/** Kinds that compare the answer with a text. */
import { stableJson } from '../cacheKey.js';
import { listOf, parseJson, regexMs, short, textOf, verdict, wantedText } from './outcome.js';
import type { AssertionCall, Handlers, Outcome } from './types.js';

export const textHandlers: Handlers = {
  equals: ({ value, input }) => equals(value, input.output),
  contains: ({ text, input }) => holds(input.output.includes(wantedText(text)), 'contain', `“${short(text)}”`, text),
  icontains: ({ text, input }) =>
    holds(input.output.toLowerCase().includes(wantedText(text).toLowerCase()), 'contain', `“${short(text)}”`, text),
  'starts-with': ({ text, input }) => holds(input.output.startsWith(wantedText(text)), 'start with', `“${short(text)}”`, text),
  'ends-with': ({ text, input }) => holds(input.output.endsWith(wantedText(text)), 'end with', `“${short(text)}”`, text),
  'contains-any': inList,
  'icontains-any': inList,
  'contains-all': inList,
  'icontains-all': inList,
  regex: async ({ text, input, tools }) =>
    holds(await tools.code.regex(wantedText(text), '', input.output, regexMs), 'match', `/${short(text)}/`),
};

function inList({ assertion, value, input }: AssertionCall): Outcome {
  return containsList(assertion.type, listOf(value), input.output);
}

/** `verb` and `object` make both sentences: "The answer contains …", "The answer does not contain …". */
function holds(pass: boolean, verb: 'contain' | 'start with' | 'end with' | 'match', object: string, expected?: string): Outcome {
  const [head = verb, ...tail] = verb.split(' ');
  const positive = [head === 'match' ? 'matches' : `${head}s`, ...tail].join(' ');
  return verdict(pass, `The answer ${pass ? positive : `does not ${verb}`} ${object}`, expected);
}

/** Texts are compared to the letter; mappings and lists with the answer read as JSON. */
function equals(value: unknown, output: string): Outcome {
  const expected = textOf(value);
  if (typeof value === 'object' && value !== null) {
    const parsed = parseJson(output.trim());
    const same = parsed !== undefined && stableJson(parsed) === stableJson(value);
    return verdict(same, same ? 'The answer equals the expected data' : 'The answer is not the expected data', expected);
  }
  const same = output === expected;
  return verdict(same, same ? 'The answer is the expected text' : `Expected “${short(expected)}”`, expected);
}

function containsList(type: string, wanted: readonly string[], output: string): Outcome {
  const ignoreCase = type.startsWith('i');
  const text = ignoreCase ? output.toLowerCase() : output;
  const missing = wanted.filter((item) => !text.includes(ignoreCase ? item.toLowerCase() : item));
  const all = type.endsWith('all');
  const pass = all ? missing.length === 0 : missing.length < wanted.length;
  const list = short(wanted.join(', '));
  if (all) return verdict(pass, pass ? `The answer contains all of: ${list}` : `The answer lacks: ${short(missing.join(', '))}`);
  return verdict(pass, `The answer contains ${pass ? 'one' : 'none'} of: ${list}`);
}
