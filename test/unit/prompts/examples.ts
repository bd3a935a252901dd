/** Prompts in every format and style that the reader knows; used by several tests. */
export const prompty = `---
name: support/answer
description: Answers a customer
model:
  api: chat
  configuration:
    type: openai
    name: gpt-4o-mini
  parameters:
    temperature: 0
inputs:
  question:
    type: string
    sample: Where is my parcel?
  tone:
    type: string
    default: friendly
template: jinja2
---
system:
You answer customers of a small shop. Be {{ tone }}.
{# for the team only #}
{% if documents %}
Use these documents:
{% for item in documents %}
- {{ item.title }}: {{ item.text | truncate(200) }}
{% endfor %}
{% endif %}
<!-- prompt:frozen -->
Never promise a refund.
<!-- /prompt:frozen -->

user:
{{ question }} {{ nickname | default("friend") }}
`;

export const mustache = `---
name: greet
template:
  format: mustache
sample:
  name: Ann
---
system:
Greet {{name}}. {{#vip}}Be brief, {{title}}.{{/vip}}{{^vip}}Take your time.{{/vip}}
`;

export const dotprompt = `---
model: googleai/gemini-2.0-flash
config:
  temperature: 0.2
input:
  schema:
    text: string
    lang?: string
  default:
    lang: English
---
{{role "system"}}
You summarise texts in {{lang}}.
{{#if style}}Write in the style of {{style}}.{{/if}}
{{#each examples}}
- {{input}} -> {{output}} ({{@index}} of {{../count}})
{{/each}}
{{role "user"}}
{{! the text }}
{{text}}
{{media url=photo}}
`;

export const github = `name: Text Summarizer
description: Summarizes input text concisely
model: openai/gpt-4o-mini
modelParameters:
  temperature: 0.5
messages:
  - role: system
    content: You are a text summarizer.
  - role: system
    content: >-
      This part is folded
      over lines, and

      has a second paragraph.
        indented more
      end
  - role: assistant
    content: "Quoted \\"text\\" with\\ttab \\u00e9 and
      a fold\\
      ed line."
  - role: assistant
    content: 'It''s single
      quoted'
  - role: user
    content: |
      Summarize {{input}} for {{audience}}:

        keep this indented
      end
testData:
  - input: The quick brown fox.
    audience: children
    expected: Summary - A fox.
evaluators:
  - name: starts
    string:
      startsWith: 'Summary -'
`;

export const githubRoot = `messages:
- role: user
  content: |2+
      leading spaces stay
    and {{x}}

- role: user
  content: |-
   odd indent
   {{y}}`;

export const chatList = `[
  {"role": "system", "content": "Answer in {{ language }}.\\nBe brief."},
  {"role": "user", "content": "{{ question }}"}
]
`;

export const text = `You are helpful.
Answer {{ question }} please.
`;

export const files: Record<string, string> = {
  'prompts/support/answer.prompty': prompty,
  'prompts/greet.prompty': mustache,
  'prompts/summary.prompt': dotprompt,
  'prompts/github.prompt.yml': github,
  'prompts/root.prompt.yaml': githubRoot,
  'prompts/chat.json': chatList,
  'prompts/plain.txt': text,
};
