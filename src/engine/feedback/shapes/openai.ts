/** Stored completions of OpenAI. The only place for a prompt's name is `metadata`: `prompt_name`, `prompt_version`. There is no feedback in them. */
import { field, isObject, jsonText, numberOf, type Json } from '../values.js';
import { foreignId, interaction, iso, listIn, objectIn, pick, pickText, segmentsOf } from './build.js';
import { systemOf } from './langfuse.js';
import { inputOf, outputOf } from './messages.js';
import { promptOfMetadata } from './promptLink.js';
import type { Shape } from './shape.js';

export function openaiCompletion(record: Json): Json[] {
  const metadata = objectIn(record, 'metadata');
  const usage = objectIn(record, 'usage');
  const choices = listIn(record, 'choices').filter(isObject);
  const id = pickText(record, 'id') ?? foreignId('openai', '', jsonText(record));
  return [
    interaction({
      // What an application sees of the call, and can send with its feedback.
      id,
      time: iso(pick(record, 'created')),
      prompt: promptOfMetadata(new Map(Object.entries(metadata))),
      user: pickText(metadata, 'user_id', 'userId') ?? pickText(record, 'user'),
      session: pickText(metadata, 'session_id', 'sessionId'),
      input: inputOf(pick(record, 'messages', 'input')),
      output: outputOf({ choices }),
      system: {
        ...systemOf({
          failed: false,
          error: null,
          input_tokens: numberOf(field(usage, 'prompt_tokens')),
          output_tokens: numberOf(field(usage, 'completion_tokens')),
        }),
        finish_reasons: choices.map((choice) => pickText(choice, 'finish_reason') ?? ''),
      },
      attributes: segmentsOf(metadata, { model: pick(record, 'model') }),
      source: { kind: 'openai', record_type: 'completion', record_id: id },
    }),
  ];
}

export const openai: Shape = {
  name: 'openai',
  title: 'stored completions of OpenAI',
  matches: (record) => record['object'] === 'chat.completion',
  convert(record, _options, emit) {
    for (const each of openaiCompletion(record)) emit(each, record);
  },
};
