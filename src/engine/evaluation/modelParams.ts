/** What a parameter of a prompt or of a provider's `config` becomes: one of the request's, a setting of the provider, or nothing. */
type Meaning = { body: string } | { setting: true } | { refused: string };

const body = (name: string): Meaning => ({ body: name });
const setting: Meaning = { setting: true };

const sameName =
  'temperature max_tokens max_completion_tokens max_output_tokens top_p top_k min_p stop seed presence_penalty frequency_penalty repetition_penalty response_format tools tool_choice parallel_tool_calls functions function_call reasoning_effort reasoning verbosity logprobs top_logprobs logit_bias user service_tier store metadata modalities prediction safety_identifier prompt_cache_key text include instructions truncation web_search_options dimensions';

const meanings: Readonly<Record<string, Meaning>> = {
  ...Object.fromEntries(sameName.split(' ').map((name) => [name, body(name)])),
  maxTokens: body('max_tokens'),
  maxOutputTokens: body('max_tokens'),
  num_predict: body('max_tokens'),
  maxCompletionTokens: body('max_completion_tokens'),
  topP: body('top_p'),
  topK: body('top_k'),
  stopSequences: body('stop'),
  stop_sequences: body('stop'),
  presencePenalty: body('presence_penalty'),
  frequencyPenalty: body('frequency_penalty'),
  toolChoice: body('tool_choice'),
  reasoningEffort: body('reasoning_effort'),
  ...Object.fromEntries(
    'apiBaseUrl apiHost apiKeyEnvar apiVersion organization headers cost inputCost outputCost omitDefaults passthrough timeoutMs'
      .split(' ')
      .map((name) => [name, setting]),
  ),
  apiKey: { refused: 'A key must not stand in a suite. Name the variable that holds it by apiKeyEnvar' },
  n: { refused: 'One answer is read of each request. Use repeat for several' },
  functionToolCallbacks: { refused: 'Functions are not called here: the answer is the call that the model wants' },
  maxRetries: { refused: 'Failed requests are tried again as often as is good for the endpoint' },
  showThinking: { refused: 'The thoughts of a model are not part of its answer here' },
  deployment_id: { refused: 'The name of the deployment is that of the model in the id' },
  stream: { refused: 'Answers are read as a whole' },
};

/** Settings that promptfoo has for code and endpoints of one's own; they are read where these are made. */
export function meaningOf(name: string): Meaning | null {
  return Object.hasOwn(meanings, name) ? (meanings[name] ?? null) : null;
}

export function isSent(name: string): boolean {
  const meaning = meaningOf(name);
  return meaning !== null && 'body' in meaning;
}

/** Of a record of settings and parameters those that are sent, as the endpoint names them; `passthrough` is sent as it is. */
export function sentParams(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const params: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    const meaning = meaningOf(name);
    if (meaning !== null && 'body' in meaning && value !== undefined && value !== null) params[meaning.body] = value;
  }
  const { passthrough } = given;
  return typeof passthrough === 'object' && passthrough !== null && !Array.isArray(passthrough) ? { ...params, ...passthrough } : params;
}

/**
 * Parameters of a request: what the profile says stands; the prompt's front matter fills in what it leaves open, and `defaults` what
 * both leave open.
 */
export function requestParams(
  hint: Readonly<Record<string, unknown>> | undefined,
  profile: Readonly<Record<string, unknown>>,
  defaults: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const params = { ...sentParams(hint ?? {}), ...profile };
  const limited = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'].some((name) => Object.hasOwn(params, name));
  const open = Object.entries(defaults).filter(([name]) => !Object.hasOwn(params, name) && !(limited && name === 'max_tokens'));
  return { ...params, ...Object.fromEntries(open) };
}
