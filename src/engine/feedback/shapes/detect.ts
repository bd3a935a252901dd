/** Which shape a record has. The first that matches counts: those with the most particular keys come first. */
import { EngineError } from '../../errors.js';
import type { Json } from '../values.js';
import { braintrust } from './braintrust.js';
import { langfuseObservations, langfuseScores } from './langfuse.js';
import { langsmithFeedbacks, langsmithRuns } from './langsmith.js';
import { openai } from './openai.js';
import { opik } from './opik.js';
import { otlp } from './otlp.js';
import { promptfoo } from './promptfoo.js';
import type { Shape } from './shape.js';
import { phoenixAnnotations, spans } from './spans.js';
import { tensorzeroFeedbacks, tensorzeroInferences } from './tensorzero.js';

const shapes: readonly Shape[] = [
  otlp,
  promptfoo,
  braintrust,
  langsmithRuns,
  langsmithFeedbacks,
  opik,
  phoenixAnnotations,
  spans,
  langfuseScores,
  langfuseObservations,
  tensorzeroInferences,
  tensorzeroFeedbacks,
  openai,
];

/** What `format` of a source may say besides the shapes' own names: our schema, and the plain log of answers and ratings. */
const ownFormats = ['canonical', 'log'] as const;

/** Names of one tool's shapes together. */
const families: Record<string, readonly Shape[]> = {
  langfuse: [langfuseScores, langfuseObservations],
  phoenix: [phoenixAnnotations, spans],
  langsmith: [langsmithFeedbacks, langsmithRuns],
  tensorzero: [tensorzeroInferences, tensorzeroFeedbacks],
};

/** Everything that `format` of a source takes. */
export const formatNames: readonly string[] = [...ownFormats, ...Object.keys(families), ...shapes.map((shape) => shape.name)];

/** By the keys of the record; `null` for our own schema and for a plain log. Costs some look-ups of properties. */
export function detectShape(record: Json): Shape | null {
  for (const shape of shapes) if (shape.matches(record)) return shape;
  return null;
}

/**
 * How records of a source get their shape: by `format` where it says so, else by their keys. `null` stands for our own schema or a plain log.
 * Throws CONFIG_INVALID for a format that there is not.
 */
export function shapeFinder(format: string | undefined): (record: Json) => Shape | null {
  if (format === undefined) return detectShape;
  if (ownFormats.some((name) => name === format)) return () => null;
  const family = Object.hasOwn(families, format) ? (families[format] ?? []) : shapes.filter((shape) => shape.name === format);
  const [first] = family;
  if (first === undefined) {
    throw new EngineError('CONFIG_INVALID', `There is no format "${format}". Formats are ${formatNames.join(', ')}.`, { format });
  }
  return (record) => family.find((shape) => shape.matches(record)) ?? first;
}
