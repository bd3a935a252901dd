/** A record that was read from another shape, as an object of the canonical schema. */
import type { ReadFeedback, ReadInteraction, ReadRecord } from '../feedback/records.js';
import { toIso } from '../feedback/time.js';
import type { Json } from '../feedback/values.js';

/** `arrived`: the time of a record that has none. */
export function canonicalOf(read: ReadRecord, arrived: string): Json {
  return read.kind === 'interaction' ? interactionOf(read, arrived) : feedbackOf(read, arrived);
}

function interactionOf(read: ReadInteraction, arrived: string): Json {
  return {
    schema: 'promptratchet.interaction/1',
    ...baseOf(read, arrived),
    ...(read.variant === null ? {} : { rollout: { variant: read.variant } }),
    input: { variables: read.variables, ...(read.input === null ? {} : { text: read.input }) },
    output: read.output === null ? {} : { text: read.output },
    ...(read.documents.length === 0 ? {} : { retrieval: { documents: read.documents } }),
    system: given({ status: read.status, error_type: read.error, latency_ms: read.latencyMs, retries: read.retries }),
    ...(read.implied ? { implied: true } : {}),
  };
}

function feedbackOf(read: ReadFeedback, arrived: string): Json {
  return {
    schema: 'promptratchet.feedback/1',
    ...baseOf(read, arrived),
    interaction_id: read.interaction,
    signal: read.signal,
    actor: { kind: read.actor },
    ...(read.raw === null && read.y === null ? {} : { score: { raw: read.raw, y: read.y, higher_is_better: true } }),
    ...given({ label: read.label, text: read.text, correction: read.correction }),
    ...(read.stratum === null ? {} : { review: given({ stratum: read.stratum, inclusion_prob: read.inclusionProb ?? null }) }),
  };
}

function baseOf(read: ReadRecord, arrived: string): Json {
  const { prompt } = read;
  return {
    id: read.id,
    time: read.time === null ? arrived : toIso(read.time),
    revision: read.revision,
    ...(prompt.name === null
      ? {}
      : { prompt: given({ name: prompt.name, version: prompt.version, sha256: prompt.sha256, link: prompt.link }) }),
    ...given({ user: read.user, session: read.session, trace_id: read.traceId, span_id: read.spanId }),
    ...(Object.keys(read.attributes).length === 0 ? {} : { attributes: read.attributes }),
  };
}

function given(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}
