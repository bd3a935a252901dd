/** JSON Schema of suites, made from the key tables that check them: what the editor offers is what is read. */
import { allTypes, factsOf } from './assertionTypes.js';
import { assertionKeys, assertionSetKeys } from './readAssertions.js';
import { evaluateOptionKeys, promptKeys, scenarioKeys, suiteKeys, testKeys, testOptionKeys, type Keys } from './suiteKeys.js';

type Schema = Record<string, unknown>;

const text: Schema = { type: 'string' };
const code: Schema = { type: 'string' };
const texts: Schema = { type: ['string', 'array'] };

/** What is known of a key beside its name; the others take any value. */
const hints: Readonly<Record<string, Schema>> = {
  description: { ...text, description: 'What a person sees in lists.' },
  prompts: { description: 'Prompts: a file (file://answer.prompty), a text, or a list of both.' },
  providers: { description: 'Models: names of .ratchet/config.yaml, or ids such as echo.' },
  tests: { description: 'Cases: a list, or a file such as file://cases.csv.' },
  scenarios: { type: 'array', items: { $ref: '#/$defs/scenario' } },
  defaultTest: { anyOf: [{ $ref: '#/$defs/test' }, text], description: 'What holds for every case.' },
  evaluateOptions: { $ref: '#/$defs/evaluateOptions' },
  env: { type: 'object', description: 'Values of {{ env.NAME }} in this suite.' },
  vars: { description: 'Variables of the prompt, by name.' },
  assert: { description: 'What an answer must hold to.', anyOf: [{ type: 'array', items: { $ref: '#/$defs/assertion' } }, text] },
  options: { $ref: '#/$defs/testOptions' },
  threshold: { type: ['number', 'string'], description: 'The least score that passes.' },
  weight: { type: 'number', minimum: 0, description: 'How much it counts; 0 is a figure only.' },
  metric: { ...text, description: 'Name under which its scores are added up.' },
  metadata: { type: 'object' },
  maxConcurrency: { type: 'integer', minimum: 1 },
  repeat: { type: 'integer', minimum: 1 },
  cache: { type: 'boolean' },
  timeoutMs: { type: 'integer', minimum: 1 },
  delay: { type: 'number', minimum: 0, description: 'Milliseconds from one request of a model to its next.' },
  transform: code,
  label: text,
};

/** Closed: a key that nobody reads is a mistake. `own` goes before the common hints. */
function object({ read, ignored }: Keys, own: Readonly<Record<string, Schema>> = {}): Schema {
  const properties: Record<string, Schema> = {};
  for (const key of read) properties[key] = own[key] ?? hints[key] ?? {};
  for (const key of ignored)
    properties[key] = { description: 'Not run here: results may differ from those of promptfoo.', deprecated: true };
  return { type: 'object', properties, patternProperties: { '^x-': {}, '^\\$schema$': {} }, additionalProperties: false };
}

function assertion(): Schema {
  const names = allTypes.flatMap((type) => (factsOf(type)?.plain === true ? [type] : [type, `not-${type}`]));
  const type = { enum: names, description: 'How the answer is judged.' };
  const set = object(assertionSetKeys, { type, assert: { type: 'array', items: { $ref: '#/$defs/assertion' } } });
  const one = object(assertionKeys, { type });
  const properties = { ...(set['properties'] as object), ...(one['properties'] as object) };
  return { ...one, properties };
}

/** For `*.eval.yaml` and promptfoo's own files. */
export function suiteSchema(): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Evaluation suite',
    description: 'Cases and what answers must hold to, in the format of promptfoo.',
    ...object(suiteKeys, {
      prompts: {
        description: hints['prompts']?.['description'],
        anyOf: [{ type: 'array', items: { anyOf: [text, { $ref: '#/$defs/prompt' }] } }, text],
      },
      tests: {
        description: hints['tests']?.['description'],
        anyOf: [{ type: 'array', items: { anyOf: [{ $ref: '#/$defs/test' }, text] } }, { type: ['string', 'object'] }],
      },
    }),
    $defs: {
      // `prompts` and `providers` of a test name columns of the suite.
      test: object(testKeys, { prompts: texts, providers: texts }),
      testOptions: object(testOptionKeys),
      evaluateOptions: object(evaluateOptionKeys),
      scenario: object(scenarioKeys, { tests: {}, config: { type: ['array', 'string'] } }),
      prompt: object(promptKeys),
      assertion: assertion(),
    },
  };
}
