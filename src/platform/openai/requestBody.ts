import { isRecord } from '../../engine/config/yaml.js';
import type { ModelProfile } from '../../engine/config/types.js';
import type { ChatRequest } from '../../engine/ports.js';
import { wireInput, wireMessages } from './wireMessages.js';

export interface ApiRequest {
  path: string;
  body: Record<string, unknown>;
  /** The answer shall be data of a schema. */
  isJson: boolean;
}

/** Path and body of a request in the API that the profile speaks. */
export function apiRequest(profile: ModelProfile, request: ChatRequest): ApiRequest {
  const params = { ...profile.params, ...request.params };
  const { model } = profile;
  const isJson = isRecord(params['response_format']) && params['response_format']['type'] === 'json_schema';
  switch (profile.api ?? 'chat') {
    case 'responses':
      return { path: '/responses', body: { ...responsesParams(params), model, input: wireInput(request.messages), stream: false }, isJson };
    case 'completions':
      // One text: what a chat would be is not this API's to say.
      return {
        path: '/completions',
        body: { ...params, model, prompt: request.messages.map(({ content }) => content).join('\n\n') },
        isJson,
      };
    case 'chat':
    case 'embeddings':
      return { path: '/chat/completions', body: { ...params, model, messages: wireMessages(request.messages), stream: false }, isJson };
  }
}

/** The Responses API has its own names for what the chat API has. */
function responsesParams(params: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const {
    max_tokens: most,
    max_completion_tokens: mostOf,
    response_format: format,
    reasoning_effort: effort,
    tools,
    tool_choice: choice,
    ...rest
  } = params;
  const body: Record<string, unknown> = rest;
  if ((mostOf ?? most) !== undefined) body['max_output_tokens'] = rest['max_output_tokens'] ?? mostOf ?? most;
  if (isRecord(format)) body['text'] = { ...(isRecord(rest['text']) ? rest['text'] : {}), format: flat(format, 'json_schema') };
  if (effort !== undefined) body['reasoning'] = { ...(isRecord(rest['reasoning']) ? rest['reasoning'] : {}), effort };
  if (Array.isArray(tools)) body['tools'] = tools.map((tool) => (isRecord(tool) ? flat(tool, 'function') : (tool as unknown)));
  if (choice !== undefined) body['tool_choice'] = isRecord(choice) ? flat(choice, 'function') : choice;
  return body;
}

/** `{ type, function: { name … } }` as `{ type, name … }`. */
function flat(value: Record<string, unknown>, name: string): Record<string, unknown> {
  const inner = value[name];
  if (!isRecord(inner)) return value;
  const { [name]: _inner, ...rest } = value;
  return { ...rest, ...inner };
}
