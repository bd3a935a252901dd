/** Names that prompt files use, and the endpoint's. What is not here is no parameter of a request. */
const names: Readonly<Record<string, string>> = {
  temperature: 'temperature',
  max_tokens: 'max_tokens',
  maxTokens: 'max_tokens',
  maxOutputTokens: 'max_tokens',
  max_completion_tokens: 'max_completion_tokens',
  top_p: 'top_p',
  topP: 'top_p',
  top_k: 'top_k',
  topK: 'top_k',
  stop: 'stop',
  stopSequences: 'stop',
  seed: 'seed',
  presence_penalty: 'presence_penalty',
  frequency_penalty: 'frequency_penalty',
  response_format: 'response_format',
};

/** Parameters of a request: what the profile says stands; the prompt's front matter fills in what it leaves open. */
export function requestParams(
  hint: Readonly<Record<string, unknown>> | undefined,
  profile: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const params: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(hint ?? {})) {
    const known = Object.hasOwn(names, name) ? names[name] : undefined;
    if (known !== undefined && value !== undefined && value !== null) params[known] = value;
  }
  return { ...params, ...profile };
}
