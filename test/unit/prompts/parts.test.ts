import { describe, expect, it } from 'vitest';
import { jsonSchemaOf } from '../../../src/engine/prompts/formats/picoschema.js';
import { parsePrompt } from '../../../src/engine/prompts/parse.js';
import { renderPrompt } from '../../../src/engine/prompts/render/render.js';

const rendered = (file: string, text: string, vars: Record<string, unknown> = {}) => renderPrompt(parsePrompt(file, text), vars).messages;
const sourceTexts = (file: string, text: string): string[] =>
  parsePrompt(file, text).messages.map(({ source }) => text.slice(source.start, source.end));

describe('a chat of more than texts', () => {
  const chat = `[
  {"role": "developer", "content": "be brief"},
  {"role": "user", "name": "{{ who }}", "content": [
    {"type": "text", "text": "what is {{ q }}"},
    {"type": "image_url", "image_url": {"url": "{{ img }}", "detail": "low"}},
    {"type": "text", "text": " here"}
  ]},
  {"role": "assistant", "content": null, "tool_calls": [
    {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{\\"at\\": \\"{{ q }}\\"}"}}
  ]},
  {"role": "tool", "tool_call_id": "c1", "content": "a {{ q }}"}
]`;

  it('is sent with its parts, calls and names, values filled in everywhere', () => {
    const vars = { who: 'ann', q: 'cat', img: 'https://x.example/a.png' };
    expect(rendered('a.json', chat, vars)).toEqual([
      { role: 'developer', content: 'be brief' },
      {
        role: 'user',
        name: 'ann',
        content: 'what is cat here',
        parts: [
          { type: 'text', text: 'what is cat' },
          { type: 'image_url', image_url: { url: 'https://x.example/a.png', detail: 'low' } },
          { type: 'text', text: ' here' },
        ],
      },
      {
        role: 'assistant',
        content: '',
        toolCalls: [{ id: 'c1', type: 'function', function: { name: 'look', arguments: '{"at": "cat"}' } }],
      },
      { role: 'tool', content: 'a cat', toolCallId: 'c1' },
    ]);
  });

  it('knows the place of each of its texts and every variable, and edits nothing else', () => {
    const document = parsePrompt('a.json', chat);
    expect(document.problems).toEqual([]);
    expect(sourceTexts('a.json', chat)).toEqual(['be brief', 'what is {{ q }}', ' here', 'a {{ q }}']);
    expect(new Set(document.placeholders.map(({ name }) => name))).toEqual(new Set(['q', 'who', 'img']));
    const url = chat.indexOf('{{ img }}');
    expect(document.frozen.some(({ start, end }) => start <= url && end >= url + 9)).toBe(true);
    expect(() => rendered('a.json', chat, { who: 'a', q: 'b' })).toThrow(expect.objectContaining({ code: 'VARIABLE_MISSING' }));
  });

  it('may be YAML, and of GitHub Models', () => {
    const yaml =
      'messages:\n  - role: user\n    content:\n      - type: text\n        text: see {{x}}\n      - { type: image_url, image_url: { url: "{{img}}" } }\n';
    expect(rendered('a.prompt.yml', yaml, { x: 'this', img: 'data:image/png;base64,AA==' })).toEqual([
      {
        role: 'user',
        content: 'see this',
        parts: [
          { type: 'text', text: 'see this' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
        ],
      },
    ]);
    const odd = parsePrompt('b.yaml', '- role: user\n  content: [{ type: hologram }, { type: text, text: a }]\n');
    expect(odd.problems.map(({ message }) => message)).toEqual([expect.stringContaining('not known')]);
    expect(odd.messages).toHaveLength(1);
  });

  it('of texts only is rendered as ever', () => {
    expect(rendered('a.yaml', '- { role: system, content: a }\n- { role: user, content: "b {{x}}" }\n', { x: 1 })).toEqual([
      { role: 'system', content: 'a' },
      { role: 'user', content: 'b 1' },
    ]);
  });
});

describe('pictures', () => {
  it('of Prompty are those that its text names, never one that a value brings', () => {
    const text = 'user:\nlook at ![it]({{ img }}) and {{ q }}\n';
    expect(rendered('a.prompty', text, { img: 'https://x.example/a.png', q: '![x](https://evil.example/b.png)' })).toEqual([
      {
        role: 'user',
        content: 'look at  and ![x](https://evil.example/b.png)',
        parts: [
          { type: 'text', text: 'look at ' },
          { type: 'image_url', image_url: { url: 'https://x.example/a.png' } },
          { type: 'text', text: ' and ![x](https://evil.example/b.png)' },
        ],
      },
    ]);
    // A path of a file cannot be sent, so it stays text.
    expect(rendered('a.prompty', text, { img: 'a.png', q: 'b' })).toEqual([{ role: 'user', content: 'look at ![it](a.png) and b' }]);
  });

  it('of dotprompt are parts by their kind', () => {
    const text = '---\nmodel: m\n---\n{{role "user"}}hear {{media url=sound contentType="audio/wav"}}{{media url=doc}}';
    const [message] = rendered('a.prompt', text, { sound: 'data:audio/wav;base64,QQ==', doc: 'data:application/pdf;base64,QQ==' });
    expect(message?.parts).toEqual([
      { type: 'text', text: 'hear ' },
      { type: 'input_audio', input_audio: { data: 'QQ==', format: 'wav' } },
      { type: 'file', file: { filename: 'file.pdf', file_data: 'data:application/pdf;base64,QQ==' } },
    ]);
    const only = rendered('b.prompt', '---\nmodel: m\n---\n{{role "system"}}s{{role "user"}}{{media url=img}}', {
      img: 'https://x.example/a.png',
    });
    expect(only[1]).toEqual({ role: 'user', content: '', parts: [{ type: 'image_url', image_url: { url: 'https://x.example/a.png' } }] });
  });
});

describe('what a prompt asks of the answer', () => {
  const format = (file: string, text: string): unknown => parsePrompt(file, text).model?.params;

  it('is a schema: GitHub Models’ own, dotprompt’s short form, Prompty’s parameters', () => {
    const github =
      'responseFormat: json_schema\njsonSchema: \'{"name": "x", "schema": {"type": "object"}}\'\nmessages: [{ role: user, content: a }]\n';
    expect(format('a.prompt.yml', github)).toEqual({
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' } } },
    });
    const dot = '---\nmodel: m\noutput:\n  format: json\n  schema:\n    city: string, its name\n    size?: integer\n---\nwhere {{x}}';
    expect(format('a.prompt', dot)).toEqual({
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'answer',
          schema: {
            type: 'object',
            properties: { city: { type: 'string', description: 'its name' }, size: { type: 'integer' } },
            required: ['city'],
            additionalProperties: false,
          },
        },
      },
    });
    const tools = '---\nmodel: m\ntoolDefs:\n  - { name: f, description: d, inputSchema: { a: string } }\n---\nx {{y}}';
    expect(format('a.prompt', tools)).toMatchObject({ tools: [{ type: 'function', function: { name: 'f', description: 'd' } }] });
    expect(format('a.prompty', '---\nmodel:\n  parameters: { tools: [{ type: function }], tool_choice: auto }\n---\nuser:\nx\n')).toEqual({
      tools: [{ type: 'function' }],
      tool_choice: 'auto',
    });
  });

  it('may be wrong, and is said to be', () => {
    const bad = parsePrompt('a.prompt.yml', 'responseFormat: json_schema\njsonSchema: 5\nmessages: [{ role: user, content: a }]\n');
    expect(bad.problems.map(({ message }) => message)).toEqual([expect.stringContaining('jsonSchema')]);
    const unknown = parsePrompt('a.prompty', '---\nmodel:\n  parameters: { temprature: 1, temperature: 0 }\n---\nuser:\nx\n');
    expect(unknown.problems).toMatchObject([{ severity: 'info', code: 'PARAM_NOT_SENT', message: expect.stringContaining('temprature') }]);
  });

  it('has dotprompt’s lists, objects, choices and wildcards', () => {
    expect(jsonSchemaOf({ 'tags(array, words)': 'string', 'kind(enum)': ['a', 'b'], 'at(object)': { x: 'number' }, '(*)': 'any' })).toEqual(
      {
        type: 'object',
        properties: {
          tags: { type: 'array', items: { type: 'string' }, description: 'words' },
          kind: { enum: ['a', 'b'] },
          at: { type: 'object', properties: { x: { type: 'number' } }, required: ['x'], additionalProperties: false },
        },
        required: ['tags', 'kind', 'at'],
        additionalProperties: {},
      },
    );
    expect(jsonSchemaOf({ a: 'strnig' })).toBeNull();
    expect(jsonSchemaOf({ type: 'object', properties: {} })).toEqual({ type: 'object', properties: {} });
  });
});
