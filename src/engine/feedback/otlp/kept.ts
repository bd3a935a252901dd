/** Which attributes of a span or of a log record stay with the record, for scores by segment: short ones that an application set itself. */
import { metadataOf } from '../shapes/promptLink.js';
import { textAt } from '../shapes/attributes.js';
import { setOwn, type Json } from '../values.js';
import type { Attributes } from './model.js';

const longest = 200;
const most = 64;

/** Ours, when one of these names would not come back by itself. */
export const attributePrefix = 'promptratchet.attribute.';

/** Read into fields of their own, or about machines, connections and persons rather than about the answer. */
const others =
  /^(?:gen_ai|promptratchet|llm|openinference|input|output|retrieval|reranker|embedding|message|tool|traceloop|langfuse|langsmith|mlflow|annotations|evaluations|trace|prompt|feature_flag|enduser|user|session|event|exception|error|host|process|os|container|k8s|cloud|thread|code|telemetry|http|url|net|network|client|server|peer|rpc|db|messaging|user_agent|metadata|tag|log|otel)\./;

export function keptAttributes(attributes: Attributes, resource: Attributes): Json {
  const kept: Json = {};
  const keep = (key: string, value: unknown): void => {
    if (Object.keys(kept).length >= most || key === '' || key.length > longest) return;
    if (typeof value === 'string' ? value.length <= longest : typeof value === 'number' || typeof value === 'boolean')
      setOwn(kept, key, value);
  };
  for (const [key, value] of resource) keep(key, value);
  const model = textAt(attributes, 'gen_ai.response.model', 'gen_ai.request.model', 'llm.model_name', 'langfuse.observation.model.name');
  if (model !== null) keep('model', model);
  for (const [key, value] of metadataOf(attributes)) if (!/^(?:prompt_|lc_hub_|user_?id$|session_?id$)/i.test(key)) keep(key, value);
  for (const [key, value] of attributes) {
    if (key.startsWith(attributePrefix)) keep(key.slice(attributePrefix.length), value);
    else if (!others.test(key) && key !== 'metadata' && key !== 'input' && key !== 'output') keep(key, value);
  }
  return kept;
}
