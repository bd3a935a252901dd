/** What suites say, as it arrives at the runner: requests, columns, problems with their places. */
import { describe, expect, it } from 'vitest';
import type { ChatMessage, ChatRequest, Models } from '../../../src/engine/ports.js';
import { evaluationWorkspace } from '../../support/evaluationWorkspace.js';

function recording(): { requests: ChatRequest[]; models: Models } {
  const requests: ChatRequest[] = [];
  const models: Models = {
    client: (profile) =>
      Promise.resolve({
        profile,
        deterministic: true,
        chat: (request: ChatRequest) => {
          requests.push(request);
          return Promise.resolve({ text: 'ok', finishReason: 'stop', tokensIn: 1, tokensOut: 1, latencyMs: 1, recorded: false });
        },
        close: () => Promise.resolve(),
      }),
    probe: () => Promise.resolve({ ok: true, detail: '', todo: null }),
    close: () => Promise.resolve(),
  };
  return { requests, models };
}

async function sent(
  suite: string,
  files: Record<string, string> = {},
): Promise<{ messages: ChatMessage[][]; errors: (string | undefined)[] }> {
  const { requests, models } = recording();
  const { evaluation } = evaluationWorkspace({ 'a.eval.yaml': suite, ...files }, { models });
  const { suites } = await evaluation.run({ suites: ['a.eval.yaml'] });
  return { messages: requests.map(({ messages }) => messages), errors: suites[0]!.cases.map(({ error }) => error?.message) };
}

async function load(suite: string, files: Record<string, string> = {}) {
  const suites = evaluationWorkspace({ 'p/a.eval.yaml': suite, ...files });
  return suites.evaluation.load('p/a.eval.yaml');
}

const at = (text: string, range: { start: number; end: number } | null | undefined): string =>
  range == null ? 'no range' : text.slice(range.start, range.end);

const check = 'assert: [{ type: contains, value: ok }]';

describe('a chat that is only seen when it is rendered', () => {
  it('is sent as one, with its parts and calls of tools', async () => {
    const chat = JSON.stringify([
      { role: 'system', content: 'be <kind>' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'look' },
          { type: 'image_url', image_url: { url: 'https://x.test/a.png' } },
        ],
      },
      { role: 'assistant', content: null, tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }] },
      { role: 'tool', tool_call_id: 'c', content: '42' },
    ]);
    const { messages, errors } = await sent(`prompts: ["{{c}}"]\ntests:\n  - { vars: { c: ${JSON.stringify(chat)} }, ${check} }\n`);
    expect(errors).toEqual([undefined]);
    expect(messages).toEqual([
      [
        { role: 'system', content: 'be <kind>' },
        {
          role: 'user',
          content: 'look',
          parts: [
            { type: 'text', text: 'look' },
            { type: 'image_url', image_url: { url: 'https://x.test/a.png' } },
          ],
        },
        { role: 'assistant', content: '', toolCalls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }] },
        { role: 'tool', content: '42', toolCallId: 'c' },
      ],
    ]);
  });

  it('may be YAML that a loop writes', async () => {
    const prompt = '{% for q in qs %}- role: user\n  content: "{{ q[0] }}"\n{% endfor %}';
    const { messages, errors } = await sent(
      `prompts: [${JSON.stringify(prompt)}]\ntests:\n  - { vars: { qs: [[one], [two]] }, ${check} }\n`,
    );
    expect(errors).toEqual([undefined]);
    expect(messages).toEqual([
      [
        { role: 'user', content: 'one' },
        { role: 'user', content: 'two' },
      ],
    ]);
  });

  it('is an error where a value broke it, and other JSON stays text', async () => {
    const prompt = '[{"role": "user", "content": "{{ q }}"}{% if x %}, 1{% endif %}]';
    const suite = `prompts: [${JSON.stringify(prompt)}]\ntests:\n  - { vars: { q: 'a "b"', x: 0 }, ${check} }\n  - { vars: { q: fine, x: 0 }, ${check} }\n`;
    const { messages, errors } = await sent(suite);
    expect(errors[0]).toContain('starts as a chat and cannot be read as one');
    expect(messages).toEqual([[{ role: 'user', content: 'fine' }]]);
    const text = await sent(
      `prompts: ["{{q}}"]\ntests:\n  - { vars: { q: '[1, 2]' }, ${check} }\n  - { vars: { q: '[{"a":1}]' }, ${check} }\n  - { vars: { q: '42' }, ${check} }\n`,
    );
    expect(text.messages.map(([message]) => message?.content)).toEqual(['[1, 2]', '[{"a":1}]', '42']);
  });
});

describe('an inline prompt', () => {
  const suite = [
    'prompts:',
    '  - "Say {{ greeting }} to\\n{{ nobody }}"',
    '  - |-',
    '    - role: system',
    '      content: Be {{ tone }}.',
    '    - { role: user, content: "{{ greeting }}" }',
    '  - { label: named, raw: "Only {{ greeting }}" }',
    `tests:`,
    `  - { vars: { greeting: hi, tone: calm }, ${check} }`,
    '',
  ].join('\n');

  it('has its place in the suite, text by text', async () => {
    const { prompts } = await load(suite);
    expect(prompts.map(({ document }) => [document?.file, document?.entry])).toEqual([
      ['p/a.eval.yaml', '/prompts/0'],
      ['p/a.eval.yaml', '/prompts/1'],
      ['p/a.eval.yaml', '/prompts/2/raw'],
    ]);
    expect(prompts.map(({ document }) => document?.placeholders.map(({ source }) => at(suite, source)))).toEqual([
      ['{{ greeting }}', '{{ nobody }}'],
      ['{{ tone }}', '{{ greeting }}'],
      ['{{ greeting }}'],
    ]);
    const [, chat] = prompts;
    expect(chat?.document?.messages.map(({ role, source }) => [role, at(suite, source)])).toEqual([
      ['system', 'Be {{ tone }}.'],
      ['user', '{{ greeting }}'],
    ]);
  });

  it('names the line of the suite where a variable is missing', async () => {
    const { errors } = await sent(suite);
    expect(errors[0]).toContain('"nobody" has no value (a.eval.yaml, line 2)');
  });

  it('that is a program or kept by a service ends its column in an error', async () => {
    const { messages, errors } = await sent(`prompts: ["exec:./p.sh", "langfuse://a:1", ok]\ntests: [{ vars: { a: 1 }, ${check} }]\n`);
    expect(messages).toEqual([[{ role: 'user', content: 'ok' }]]);
    expect(errors.map((message) => message?.includes('not run here') === true)).toEqual([true, true, false]);
  });
});

describe('references', () => {
  it('that lead nowhere, in circles or out of the workspace are told where they stand', async () => {
    const suite = `prompts: [x]\na-templates: { loop: { $ref: '#/a-templates/loop' } }\ntests:\n  - vars: { o: 1 }\n    assert: [{ $ref: '#/nothing' }, { $ref: '#/a-templates/loop' }, { $ref: '../../etc/x.yaml#/a' }]\n`;
    const { problems, cases } = await load(suite);
    const told = problems.filter(({ code }) => code === 'reference-invalid');
    expect(told.map(({ range }) => at(suite, range))).toContain("{ $ref: '#/nothing' }");
    expect(told.map(({ message }) => message).join('\n')).toMatch(/leads nowhere[\s\S]*leads back to itself[\s\S]*outside the workspace/u);
    expect(cases[0]!.assertions.every(({ problem }) => problem !== undefined)).toBe(true);
  });

  it('cannot multiply without end', async () => {
    const levels = Array.from(
      { length: 30 },
      (_, level) =>
        `  l${String(level)}: [${Array(4)
          .fill(`{ $ref: '#/x-t/l${String(level + 1)}' }`)
          .join(', ')}]`,
    );
    const suite = `prompts: [x]\nx-t:\n${levels.join('\n')}\n  l30: 1\ntests: [{ vars: { o: { $ref: '#/x-t/l0' } }, ${check} }]\n`;
    const started = performance.now();
    const { problems } = await load(suite);
    expect(problems.map(({ message }) => message).join()).toContain('unfold to too much');
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('of a JSON Schema stay its own', async () => {
    const { problems, cases } = await load(
      `prompts: [x]\ntests: [{ vars: { o: 1 }, assert: [{ type: is-json, value: { $defs: { n: { type: number } }, $ref: '#/$defs/n' } }] }]\n`,
    );
    expect(problems).toEqual([]);
    expect(cases[0]!.assertions[0]!.value).toMatchObject({ $ref: '#/$defs/n' });
  });
});

describe('an anchor', () => {
  it('may be used as often as a suite has tests, with the place of what it stands for', async () => {
    const tests = Array.from({ length: 300 }, (_, index) => `  - { vars: { o: a${String(index)} }, assert: *c }`).join('\n');
    const suite = `prompts: ["{{o}}"]\nx-c: &c [{ type: contains, value: a, wieght: 2 }]\ntests:\n${tests}\n`;
    const { problems, cases } = await load(suite);
    expect(cases).toHaveLength(300);
    expect(new Set(problems.map(({ range }) => at(suite, range)))).toEqual(new Set(['wieght']));
    expect(at(suite, cases[0]!.assertions[0]!.range)).toBe('{ type: contains, value: a, wieght: 2 }');
  });
});

describe('names of prompts and models in a test', () => {
  it('that are none of the suite keep the case from being left out in silence', async () => {
    const suite = `prompts: [{ label: p, raw: x }]\nproviders: [{ id: echo, label: e, prompts: [q] }]\ntests:\n  - { vars: { o: 1 }, prompts: [nobody], ${check} }\n  - { vars: { o: 2 }, providers: [e], ${check} }\n`;
    const { problems, cases } = await load(suite);
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('No prompt of the suite is called "nobody"'),
      expect.stringContaining('No prompt of the suite is called "q"'),
    ]);
    expect(cases.map(({ problem }) => problem !== undefined)).toEqual([true, false]);
  });
});

describe('a test with a model of its own', () => {
  it('asks it in every column', async () => {
    const { requests, models } = recording();
    const { evaluation } = evaluationWorkspace(
      {
        'a.eval.yaml': `prompts: [a, b]\nproviders: [fake]\ntests:\n  - { vars: { o: 1 }, ${check} }\n  - { vars: { o: 2 }, provider: { id: "openai:chat:other", config: { temperature: 0.5 } }, ${check} }\n  - { vars: { o: 3 }, provider: nobody, ${check} }\n`,
      },
      { models },
    );
    const { suites } = await evaluation.run({ suites: ['a.eval.yaml'] });
    expect(requests.map(({ params }) => params['temperature'])).toEqual(expect.arrayContaining([undefined, 0.5]));
    expect(suites[0]!.cases.map(({ status }) => status)).toEqual(['pass', 'pass', 'error', 'pass', 'pass', 'error']);
    expect(suites[0]!.columns.map(({ provider }) => provider)).toEqual(['fake', 'fake']);
  });
});

describe('what is known and not run here', () => {
  it('keeps a case from being judged, and is counted', async () => {
    const { requests, models } = recording();
    const { evaluation } = evaluationWorkspace(
      {
        'a.eval.yaml': `prompts: ["{{o}}"]\ntests:\n  - { vars: { o: 1 }, options: { storeOutputAs: so }, ${check} }\n  - { vars: { o: "{{so}}" }, ${check} }\n  - { vars: { o: 3 }, ${check} }\n`,
        'b.eval.yaml': `prompts: [x]\nextensions: ["file://e.js:beforeEach"]\ntests: [{ vars: { o: 1 }, ${check} }]\n`,
        'c.eval.yaml': `prompts: [x]\nextensions: ["file://e.js:afterAll"]\ntests: [{ vars: { o: 1 }, ${check} }]\n`,
        'e.js': 'module.exports = {}',
      },
      { models },
    );
    const { suites } = await evaluation.run({ suites: ['a.eval.yaml', 'b.eval.yaml', 'c.eval.yaml'] });
    expect(suites.map(({ cases }) => cases.map(({ status }) => status))).toEqual([['pass', 'error', 'pass'], ['error'], ['pass']]);
    expect(suites.map(({ stats }) => stats.notEvaluated)).toEqual([1, 1, 0]);
    expect(requests).toHaveLength(3);
  });
});
