/** Fields of our own schema that the quick way reads, by number, and words that are values of them. */
import { Fields, Words } from './bytePattern.js';
import { actorOrder, signalOrder } from './recordBatch.js';

const names = [
  'schema',
  'id',
  'time',
  'observed_time',
  'revision',
  'trace_id',
  'span_id',
  'user',
  'session',
  'prompt',
  'attributes',
  'source',
  'input',
  'output',
  'rollout',
  'retrieval',
  'system',
  'interaction_id',
  'signal',
  'actor',
  'score',
  'text',
  'correction',
  'review',
  'implied',
];
export const recordFields = new Fields(names);

const bits = (...fields: string[]): number => fields.reduce((sum, name) => sum | (1 << names.indexOf(name)), 0);
/** Fields of the other kind are not looked at there: what would be wrong in them must not matter here. */
export const interactionOnly = bits('input', 'output', 'rollout', 'retrieval', 'system');
export const feedbackOnly = bits('interaction_id', 'signal', 'actor', 'score', 'text', 'correction', 'review');

export const promptFields = new Fields(['name', 'version', 'sha256', 'link', 'template', 'or_only']);
export const scoreFields = new Fields(['raw', 'min', 'max', 'y', 'higher_is_better']);
export const systemFields = new Fields(['status', 'latency_ms', 'retries']);
export const reviewFields = new Fields(['stratum', 'inclusion_prob']);
export const actorFields = new Fields(['kind']);
export const rolloutFields = new Fields(['variant']);
export const sourceFields = new Fields(['updated_at']);
export const inputFields = new Fields(['variables']);

/** Both of the first major version without a minor one: 0 interaction, 1 feedback. */
export const schemaWords = new Words(['promptratchet.interaction/1', 'promptratchet.feedback/1']);
export const statusWords = new Words(['ok', 'error']);
export const stratumWords = new Words(['random', 'risk']);
export const signalWords = new Words(signalOrder);
export const actorWords = new Words(actorOrder);
