import { describe, expect, it } from 'vitest';
import { promptSha256 } from '../../../src/engine/prompts/hash.js';
import { hasPromptExtension, parsePrompt, pathId } from '../../../src/engine/prompts/parse.js';
import type { PromptDocument } from '../../../src/engine/prompts/types.js';
import { chatList, dotprompt, files, github, githubRoot, mustache, prompty, text } from './examples.js';

/** Everything that has to hold for any document of any text. */
function checkInvariants(document: PromptDocument, source: string): void {
  let end = 0;
  for (const range of document.frozen) {
    expect(range.start).toBeGreaterThanOrEqual(end);
    expect(range.end).toBeGreaterThan(range.start);
    end = range.end;
  }
  expect(end).toBeLessThanOrEqual(source.length);
  for (const message of document.messages) {
    for (const segment of message.segments) {
      expect(segment.source.start).toBeGreaterThanOrEqual(message.source.start);
      expect(segment.source.end).toBeLessThanOrEqual(message.source.end);
    }
  }
  for (const problem of document.problems) {
    expect(problem.message).toMatch(/^[A-Z{].*[.?]$/su);
    if (problem.range !== null) expect(problem.range.end).toBeLessThanOrEqual(source.length);
  }
}

const slices = (document: PromptDocument): string[] =>
  document.placeholders.map(({ source }) => document.text.slice(source.start, source.end));
const texts = (document: PromptDocument): string[] =>
  document.messages.map(({ segments }) => segments.map((segment) => segment.text).join(''));

describe.each(Object.entries(files))('%s', (file, source) => {
  it.each([
    ['as it is', source],
    ['with CRLF', source.replaceAll('\n', '\r\n')],
    ['with a byte order mark', `\uFEFF${source}`],
  ])('has the same texts and exact ranges %s', (_, variant) => {
    const document = parsePrompt(file, variant);
    const plain = parsePrompt(file, source);
    checkInvariants(document, variant);
    expect(document.problems.filter((problem) => problem.severity === 'error')).toEqual([]);
    expect(texts(document)).toEqual(texts(plain));
    expect(document.id).toBe(plain.id);
    expect(document.sha256).toBe(plain.sha256);
    expect(slices(document)).toEqual(plain.placeholders.map(({ raw }) => raw));
    for (const segment of document.messages.flatMap((message) => message.segments)) {
      if (segment.kind !== 'text')
        expect(variant.slice(segment.source.start, segment.source.end)).toBe(
          segment.text.replaceAll('\n', variant.includes('\r\n') ? '\r\n' : '\n'),
        );
    }
  });
});

describe('Prompty', () => {
  const document = parsePrompt('prompts/support/answer.prompty', prompty);

  it('reads name, model, samples and placeholders', () => {
    expect(document).toMatchObject({
      id: 'support/answer',
      format: 'prompty',
      dialect: 'jinja',
      model: { name: 'gpt-4o-mini', params: { temperature: 0 } },
    });
    expect(document.samples).toEqual([{ question: 'Where is my parcel?', tone: 'friendly' }]);
    expect(document.messages.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(document.placeholders.map(({ name, required }) => [name, required])).toEqual([
      ['tone', false],
      ['documents', false],
      ['documents', false],
      ['question', true],
      ['nickname', false],
    ]);
  });

  it('freezes front matter, role lines, tags and frozen regions, and nothing else', () => {
    let editable = '';
    let place = 0;
    for (const range of document.frozen) {
      editable += `${prompty.slice(place, range.start)}|`;
      place = range.end;
    }
    editable += prompty.slice(place);
    expect(editable.replace(/\|+/gu, '|')).toBe(
      '|You answer customers of a small shop. Be |.\n|\n|\nUse these documents:\n|\n- |: |\n|\n|\n| |',
    );
  });

  it('knows Mustache, role spellings, and a body without roles', () => {
    expect(parsePrompt('a.prompty', mustache).placeholders.map(({ name, required }) => [name, required])).toEqual([
      ['name', true],
      ['vip', false],
      ['title', false],
      ['vip', false],
    ]);
    const roles = parsePrompt('a.prompty', '# System:\na\n  user :\nb\nAssistant[name="x"]:\nc\ndeveloper:\nd\nnote: system:\n');
    expect(roles.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'developer']);
    expect(texts(parsePrompt('a.prompty', 'just text'))).toEqual(['just text']);
    expect(texts(parsePrompt('a.prompty', '{# user:\nuser:\n#}\nuser:\nx'))[1]).toBe('x');
  });

  it('reads the newer front matter', () => {
    const newer =
      '---\nmodel:\n  id: gpt-4o\n  options:\n    temperature: 1\ninputs:\n  - name: a\n    kind: string\n    default: x\n  - name: b\n    example: y\n---\nuser:\n{{a}}{{b}}';
    expect(parsePrompt('a.prompty', newer)).toMatchObject({
      model: { name: 'gpt-4o', params: { temperature: 1 } },
      samples: [{ a: 'x', b: 'y' }],
      defaults: { a: 'x' },
      placeholders: [
        { name: 'a', required: false },
        { name: 'b', required: true },
      ],
    });
  });

  it.each([
    ['---\nname: x\nbody', 'not closed', '---'],
    ['---\nname: [x\n---\nbody', 'cannot be read here', null],
    ['---\n- a\n---\nbody', 'not a list of', '- a\n'],
    ['---\na: 1\na: 2\n---\nbody', 'cannot be read here', null],
    ['---\ntemplate: erb\n---\nbody', 'template engine is not known', 'erb'],
    ['---\nname: ../../etc/x\n---\nbody', 'cannot be used as a file name', 'name'],
    ['user:\n{{ x', 'not closed', '{{ x'],
    ['user:\n{% if x %}a', 'is not closed', '{% if x %}'],
    ['user:\n{% endif %}', 'closes nothing', '{% endif %}'],
    ['user:\n{% include "x" %}', 'reads another file', '{% include "x" %}'],
    ['user:\n{% frob %}', 'is not known', '{% frob %}'],
    ['user:\na #} b', 'ends no comment', '#}'],
    ['user:\n{% if x %}{% for a b %}{% endfor %}{% endif %}', 'Mend the template', null],
    ['user:\n{{ a b }}', 'Mend the template', null],
    ['---\ntemplate: mustache\n---\n{{#a}}{{/b}}{{/a}}', 'closes nothing', '{{/b}}'],
  ])('says what is wrong and where: %j', (source, message, place) => {
    const found = parsePrompt('dir/a.prompty', source);
    checkInvariants(found, source);
    const problem = found.problems.find((entry) => entry.severity === 'error');
    expect(problem?.message).toContain(message);
    if (place !== null) expect(source.slice(problem?.range?.start, problem?.range?.end)).toBe(place);
    expect(found.id).toBe('dir/a');
  });
});

describe('dotprompt', () => {
  it('reads roles, defaults and placeholders', () => {
    const document = parsePrompt('prompts/summary.prompt', dotprompt);
    expect(document).toMatchObject({
      id: 'prompts/summary',
      format: 'dotprompt',
      model: { name: 'googleai/gemini-2.0-flash', params: { temperature: 0.2 } },
      samples: [{ lang: 'English' }],
    });
    expect(document.messages.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(document.placeholders.map(({ name, required }) => [name, required])).toEqual([
      ['lang', false],
      ['style', false],
      ['style', false],
      ['examples', true],
      ['count', true],
      ['text', true],
      ['photo', true],
    ]);
    expect(document.messages[1]?.segments.map(({ kind }) => kind)).toEqual(['comment', 'text', 'placeholder', 'text', 'media']);
    expect(document.problems).toEqual([]);
  });

  it.each([
    ['Hello there', 'text'],
    ['FROM llama\nSYSTEM "x"', 'text'],
    ['{% if x %}{{ y }}{% endif %}', 'text'],
    ['Hello {{name}}', 'dotprompt'],
    ['---\nmodel: x\n---\nHello', 'dotprompt'],
    ['---\ntitle: x\n---\nHello', 'text'],
  ])('in doubt is plain text: %j', (source, format) => {
    const document = parsePrompt('a.prompt', source);
    expect(document.format).toBe(format);
    if (format === 'text') {
      expect(document.placeholders).toEqual([]);
      expect(document.problems).toMatchObject([{ code: 'PLAIN_TEXT', severity: 'info' }]);
    }
  });
});

describe('GitHub Models', () => {
  const document = parsePrompt('prompts/github.prompt.yml', github);

  it('reads messages in every style of scalar', () => {
    expect(texts(document)).toEqual([
      'You are a text summarizer.',
      'This part is folded over lines, and\nhas a second paragraph.\n  indented more\nend',
      'Quoted "text" with\ttab é and a folded line.',
      "It's single quoted",
      'Summarize {{input}} for {{audience}}:\n\n  keep this indented\nend\n',
    ]);
    expect(texts(parsePrompt('a.prompt.yaml', githubRoot))).toEqual(['  leading spaces stay\nand {{x}}\n\n', 'odd indent\n{{y}}']);
  });

  it('reads the rest and leaves the expected answer out of the samples', () => {
    expect(document).toMatchObject({
      id: 'Text Summarizer',
      model: { name: 'openai/gpt-4o-mini', params: { temperature: 0.5 } },
      samples: [{ input: 'The quick brown fox.', audience: 'children' }],
    });
  });

  it.each([
    ['name: x\n', 'no list of messages'],
    ['messages:\n  - role: oracle\n    content: x\n', 'role is not known'],
    ['messages:\n  - role: user\n', 'no content'],
    ['messages:\n  - just text\n', 'needs a role'],
    ['messages:\n  - role: user\n    content: [1]\n', 'not known'],
    ['messages: [\n', 'cannot be read here'],
    ['a: &a [1]\nmessages:\n  - role: user\n    content: *b\n', 'aliases'],
  ])('says what is wrong: %j', (source, message) => {
    const found = parsePrompt('a.prompt.yml', source);
    checkInvariants(found, source);
    expect(found.problems.map((problem) => problem.message).join(' ')).toContain(message);
  });
});

describe('files that suites refer to', () => {
  it('are text with Jinja tags, or a chat list', () => {
    expect(parsePrompt('prompts/plain.txt', text)).toMatchObject({
      id: 'prompts/plain',
      format: 'text',
      placeholders: [{ name: 'question' }],
      messages: [{ role: 'user' }],
    });
    expect(parsePrompt('prompts/chat.json', chatList)).toMatchObject({
      format: 'promptfoo',
      messages: [{ role: 'system' }, { role: 'user' }],
    });
    expect(parsePrompt('a.json', '{"a": "{{ b }}"}')).toMatchObject({ format: 'text', placeholders: [{ name: 'b' }] });
  });
});

describe('frozen regions', () => {
  it('end with the prompt where they are not closed, over messages', () => {
    const source = 'system:\nfree\n<!-- prompt:frozen -->\nheld\nuser:\nheld too';
    const document = parsePrompt('a.prompty', source);
    expect(document.frozen).toEqual([
      { start: 0, end: 8 },
      { start: 13, end: source.length },
    ]);
    const closed = parsePrompt('a.prompty', 'user:\n<!-- prompt:frozen -->a<!-- /prompt:frozen -->b');
    expect(closed.frozen.at(-1)).toEqual({ start: 6, end: closed.text.length - 1 });
  });
});

describe('names and hashes', () => {
  it('come from the path where there is no name', () => {
    expect(pathId('prompts/support/answer.prompty')).toBe('prompts/support/answer');
    expect(pathId('a.prompt.yml')).toBe('a');
    expect(pathId('dir.v2/notes.txt')).toBe('dir.v2/notes');
    expect(hasPromptExtension('x/a.PROMPTY')).toBe(true);
    expect(hasPromptExtension('x/a.prompt.md')).toBe(false);
    expect(hasPromptExtension('prompty')).toBe(false);
  });

  it('do not depend on line ends or a byte order mark', () => {
    expect(promptSha256('a\r\nb')).toBe(promptSha256('\uFEFFa\nb'));
    expect(promptSha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

describe('hostile files', () => {
  const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${'bcdefghi'
    .split('')
    .map(
      (name, index) =>
        `${name}: &${name} [${Array(9)
          .fill(`*${'abcdefgh'[index] ?? 'a'}`)
          .join(', ')}]`,
    )
    .join('\n')}\n`;
  it.each([
    ['a.prompt.yml', `${bomb}messages: *i\n`, 'YAML_LIMIT'],
    ['a.prompty', `---\n${bomb}sample: *i\n---\nuser:\nx`, 'FRONT_MATTER_INVALID'],
    ['a.prompt.yml', `messages: ${'['.repeat(100_000)}`, 'YAML_LIMIT'],
    ['a.prompt.yml', '- '.repeat(50_000), 'YAML_LIMIT'],
    ['a.prompty', `---\n${'x'.repeat(100_000)}\n---\nuser:\nx`, 'FRONT_MATTER_INVALID'],
    ['a.prompty', 'x'.repeat(2_000_000), 'PROMPT_TOO_LARGE'],
    ['a.prompty', `user:\n${'{% if x %}'.repeat(50_000)}`, 'TEMPLATE_INVALID'],
    ['a.prompt', '{{#if x}}'.repeat(50_000), 'TEMPLATE_INVALID'],
    ['a.prompty', `user:\n${'{{ '.repeat(300_000)}`, 'TEMPLATE_INVALID'],
    ['a.prompt', `{{x}}${'{{\n'.repeat(300_000)}`, 'TEMPLATE_INVALID'],
  ])('%s: a document with its problem (%#)', (file, source, code) => {
    const document = parsePrompt(file, source);
    expect(document.problems.map((problem) => problem.code)).toContain(code);
  });

  it.each([
    ['a.prompty', `system${' '.repeat(180_000)}`],
    ['a.prompty', `${' '.repeat(180_000)}x`],
    ['a.prompty', 'user:\n'.repeat(20_000)],
    ['a.prompty', `user:\n${'{{ x }}'.repeat(20_000)}`],
    ['a.prompty', `user:\n{{ ${'x or '.repeat(40_000)} }}`],
    ['a.prompty', `user:\n${'{# x '.repeat(40_000)}`],
    ['a.prompty', `user:\n${"{{ 'x ".repeat(28_000)}`],
    ['a.prompty', `user:\n${'<!-- prompt:frozen -->'.repeat(8_000)}`],
    ['a.prompt', '{{role "user"}}x'.repeat(12_000)],
    ['a.prompt', `{{x}}${'\\{{'.repeat(60_000)}`],
    ['a.prompt.yml', `messages:\n${'- {role: user, content: x}\n'.repeat(4_000)}`],
    ['a.prompt.yml', `messages:\n- role: user\n  content: |\n${'    line\n'.repeat(20_000)}`],
    ['a.prompt.yml', `messages:\n- role: user\n  content: "${'\\n'.repeat(80_000)}"`],
    ['a.prompt.yml', `messages:\n- role: user\n  content: >\n${'    \n'.repeat(36_000)}    x`],
  ])('%s: odd but legal text is read in time that grows with its length (%#)', (file, source) => {
    expect(parsePrompt(file, source).text).toBe(source);
  });
});
