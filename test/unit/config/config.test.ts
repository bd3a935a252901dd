import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { defaultConfig, parseConfig } from '../../../src/engine/config/parse.js';
import { createConfigService } from '../../../src/engine/config/service.js';
import type { SourceConfig } from '../../../src/engine/config/types.js';
import { addSource } from '../../../src/engine/config/withSource.js';
import { engineContext } from '../../support/engineContext.js';
import { temporaryFolder, writeFiles } from '../../support/temporary.js';

const whole = `# what we measure
version: 1
threshold: 0.8
prompts: ["prompts/**"]
sources:
  - name: app-log          # unique
    kind: jsonl
    path: logs/feedback*.jsonl
    map:
      prompt.name: { const: support/answer }
      user: $.user
      score.min: { const: 0 }
redaction: { kinds: [email, ip], patterns: [{ name: customer, pattern: 'C-\\d{6}' }] }
retention: { interactions: 30d, feedback: 400d }
models:
  - { name: local, provider: llama, model: m.gguf, params: { temperature: 0, max_tokens: 20 } }
  - { name: gateway, provider: openai, baseUrl: "http://127.0.0.1:8080/v1", model: any, key: "\${env:GATEWAY_KEY}", price: { in: 0.15, out: 0.60 }, concurrency: 4, timeoutMs: 30000 }
  - { name: recorded, provider: replay, file: ./answers.jsonl }
defaults: { model: local, judge: gateway }
`;

describe('parseConfig', () => {
  it('reads every key', () => {
    const { config, problems } = parseConfig(whole);
    expect(problems).toEqual([]);
    expect(config).toEqual({
      version: 1,
      threshold: 0.8,
      prompts: ['prompts/**'],
      sources: [
        {
          name: 'app-log',
          kind: 'jsonl',
          path: 'logs/feedback*.jsonl',
          map: { 'prompt.name': { const: 'support/answer' }, user: '$.user', 'score.min': { const: 0 } },
        },
      ],
      redaction: { kinds: ['email', 'ip'], patterns: [{ name: 'customer', pattern: 'C-\\d{6}' }] },
      retention: { interactionDays: 30, feedbackDays: 400 },
      models: [
        { name: 'local', provider: 'llama', model: 'm.gguf', params: { temperature: 0, max_tokens: 20 } },
        {
          name: 'gateway',
          provider: 'openai',
          baseUrl: 'http://127.0.0.1:8080/v1',
          model: 'any',
          key: '${env:GATEWAY_KEY}',
          price: { in: 0.15, out: 0.6 },
          concurrency: 4,
          timeoutMs: 30000,
          params: {},
        },
        { name: 'recorded', provider: 'replay', model: 'recorded', file: 'answers.jsonl', params: {} },
      ],
      defaults: { model: 'local', judge: 'gateway' },
    });
  });

  it('has defaults for everything', () => {
    for (const text of ['', '# only a comment\n', 'version: 1\n', '\uFEFFversion: 1\r\n']) {
      expect(parseConfig(text)).toEqual({
        config: defaultConfig(),
        problems: [],
      });
    }
  });

  it.each([
    ['treshold: 0.5', 'Did you mean "threshold"?', 'treshold'],
    ['version: 2', 'version of config.yaml is not known', '2'],
    ['threshold: 1.5', 'not a number between 0 and 1', '1.5'],
    ['threshold: high', 'not a number', 'high'],
    ['prompts: 3', 'not a list', '3'],
    ['prompts: [a, 3]', 'not a text', '3'],
    ['prompts: ["[a"]', 'not a valid pattern', '"[a"'],
    ['prompts: ["../x/**"]', 'out of the workspace', '"../x/**"'],
    ['prompts: ["/etc/**"]', 'out of the workspace', '"/etc/**"'],
    ['sources: {}', 'not a list', '{}'],
    ['sources: [x]', 'not a list of "key: value"', 'x'],
    ['sources: [{ name: a }]', 'kind of source is missing', '{ name: a }'],
    ['sources: [{ name: a, kind: json }]', 'has no path', '{ name: a, kind: json }'],
    ['sources: [{ name: a, kind: jsonn, path: x }]', 'Did you mean "json"?', 'jsonn'],
    ['sources: [{ name: a, kind: json, path: x, paht: y }]', 'Did you mean "path"?', 'paht'],
    ['sources: [{ name: a, kind: json, path: x }, { name: a, kind: csv, path: y }]', 'another source named "a"', 'a'],
    ['sources: [{ name: a, kind: json, path: x, map: { user: user } }]', 'neither a JSON path nor a constant', 'user'],
    ['sources: [{ name: a, kind: phoenix, url: "ftp://x" }]', 'not a web address', '"ftp://x"'],
    ['models: [{ name: a, provider: openay, model: m }]', 'Did you mean "openai"?', 'openay'],
    ['models: [{ name: a, provider: openai }]', 'is missing', '{ name: a, provider: openai }'],
    ['models: [{ name: a, provider: replay }]', 'file of recorded answers is missing', '{ name: a, provider: replay }'],
    ['models: [{ name: a, provider: replay, file: ../x }]', 'outside the workspace', '../x'],
    ['models: [{ name: a, provider: echo }, { name: a, provider: echo }]', 'another model named "a"', 'a'],
    ['models: [{ name: a, provider: echo, concurrency: 0 }]', 'not a whole number between 1 and 64', '0'],
    ['models: [{ name: a, provider: echo, price: { in: -1, out: 1 } }]', 'not a number of at least 0', '-1'],
    ['models: [{ name: a, provider: echo, rpm: 0 }]', 'between 1 and', '0'],
    ['models: [{ name: a, provider: echo, record: true }]', 'no file for the recording', 'true'],
    ['models: [{ name: a, provider: openai, model: m, api: respond }]', 'The API "respond" is not known', 'respond'],
    ['models: [{ name: a, provider: http }]', 'needs baseUrl', 'http'],
    ['models: [{ name: a, provider: openai, model: m, headers: { x-api-key: sk-a } }]', 'must not stand in a file', 'sk-a'],
    ['defaults: { model: x }', 'no model named "x"', 'x'],
    ['defaults: { modell: x }', 'Did you mean "model"?', 'modell'],
    ['- a', 'not a list of "key: value"', '- a'],
    ['a: [', 'cannot be read here', null],
  ])('says what is wrong and where: %s', (text, message, place) => {
    const { config, problems } = parseConfig(text);
    const problem = problems.find((entry) => entry.message.includes(message));
    expect(problem, JSON.stringify(problems)).toMatchObject({ severity: 'error', code: 'CONFIG_INVALID', file: '.ratchet/config.yaml' });
    if (place !== null) expect(text.slice(problem?.range?.start, problem?.range?.end)).toBe(place);
    expect(config.threshold).toBe(0.7);
  });

  it('keeps what is right beside what is wrong', () => {
    const { config, problems } = parseConfig(
      'sources:\n  - { name: a, kind: json, path: x }\n  - { name: b }\nmodels:\n  - nonsense\n  - { name: m, provider: echo }\n',
    );
    expect([config.sources.map(({ name }) => name), config.models.map(({ name }) => name), problems.length]).toEqual([['a'], ['m'], 2]);
  });

  it.each([
    'models: [{ name: a, provider: openai, model: m, key: sk-not-here }]',
    'models: [{ name: a, provider: openai, model: m, key: "${env:X} sk-not-here" }]',
    'models: [{ name: a, provider: openai, model: m, key: { value: sk-not-here } }]',
    'models: [{ name: a, provider: openai, model: m, headers: { authorization: "Bearer sk-not-here" } }]',
    'models: [{ name: a, provider: openai, model: m, params: { api_key: sk-not-here } }]',
    'models: [{ name: a, provider: openai, model: m, params: { headers: { x: sk-not-here } } }]',
    'models: [{ name: a, provider: openai, model: m, baseUrl: "https://u:sk-not-here@example.com" }]',
  ])('refuses a key in the file and never repeats it: %s', (text) => {
    const result = parseConfig(text);
    expect(result.problems).toHaveLength(1);
    expect(JSON.stringify(result)).not.toContain('sk-not-here');
  });

  it('does not call another address than the one that was meant', () => {
    expect(parseConfig('models: [{ name: a, provider: openai, model: m, baseUrl: nonsense }]').config.models).toEqual([]);
  });

  it('stops a YAML bomb', () => {
    const lines = Array.from(
      { length: 12 },
      (_, index) =>
        `k${String(index)}: &k${String(index)} [${
          index === 0
            ? 'x'
            : Array(9)
                .fill(`*k${String(index - 1)}`)
                .join(', ')
        }]`,
    );
    expect(parseConfig(lines.join('\n')).problems[0]?.message).toContain('aliases');
  });
});

describe('addSource', () => {
  const source: SourceConfig = { name: 'new', kind: 'csv', path: 'logs/x.csv', map: { user: '$.u', 'score.max': { const: 1 } } };

  it('appends and leaves every other line as it is, comments too', () => {
    const after = addSource(whole, source);
    const added = '  - name: new\n    kind: csv\n    path: logs/x.csv\n    map:\n      user: $.u\n      score.max:\n        const: 1\n';
    expect(after).toBe(whole.replace('redaction:', `${added}redaction:`));
  });

  it('replaces the one of the same name in its place', () => {
    const after = addSource(`${whole.slice(0, whole.indexOf('redaction:'))}  - { name: z, kind: json, path: z }\n\n# end\n`, {
      name: 'app-log',
      kind: 'json',
      path: 'y',
    });
    expect(after).toContain('sources:\n  - name: app-log\n    kind: json\n    path: y\n  - { name: z, kind: json, path: z }\n\n# end\n');
    expect(after).toContain('# what we measure');
  });

  it.each([
    ['', ['new']],
    ['version: 1', ['new']],
    ['# c\n', ['new']],
    ['version: 1\nsources: []\nmodels: [] # c\n', ['new']],
    ['version: 1\nsources:\n', ['new']],
    ['sources: [{ name: a, kind: json, path: p }]\n', ['a', 'new']],
    ['sources:\n- name: a\n  kind: json\n  path: p', ['a', 'new']],
    ['sources:\r\n  -   name: a\r\n      kind: json\r\n      path: p\r\n# c\r\n', ['a', 'new']],
    ['\uFEFFsources:\n  - { name: new, kind: json, path: p }\n', ['new']],
  ])('works for lists in any style: %j', (text, names) => {
    const after = addSource(text, source);
    const data = parse(after) as { sources: SourceConfig[] };
    expect(data.sources.map(({ name }) => name)).toEqual(names);
    expect(data.sources.at(-1)).toEqual(source);
    if (text.includes('# c')) expect(after).toContain('# c');
    if (text.includes('\r\n')) expect(after.replaceAll('\r\n', '')).not.toContain('\n');
    expect(parseConfig(after).problems).toEqual([]);
  });

  it('refuses a file that cannot be read', () => {
    expect(() => addSource('a: [', source)).toThrow('Mend it first');
  });
});

describe('createConfigService', () => {
  it('reads, sees changes, writes, and lets the host override the threshold', async () => {
    const root = temporaryFolder();
    const context = engineContext(root);
    const config = createConfigService(context);
    expect((await config.load()).config.threshold).toBe(0.7);
    writeFiles(root, { '.ratchet/config.yaml': 'threshold: 0.5\n' });
    const first = await config.load();
    expect(first.config.threshold).toBe(0.5);
    expect(await config.load()).toBe(first);
    const { file, before, after } = await config.withSource({ name: 'a', kind: 'json', path: 'p' });
    expect([file, before]).toEqual(['.ratchet/config.yaml', 'threshold: 0.5\n']);
    expect(readFileSync(`${root}/.ratchet/config.yaml`, 'utf8')).toBe(before);
    await config.write(after);
    expect((await config.load()).config.sources).toEqual([{ name: 'a', kind: 'json', path: 'p' }]);
    const other = createConfigService({ ...context, options: { ...context.options, threshold: 0.9 } });
    expect((await other.load()).config.threshold).toBe(0.9);
  });

  it('reports a file that cannot be read, and the defaults stand', async () => {
    const root = temporaryFolder({ '.ratchet/config.yaml': `# ${'x'.repeat(300_000)}` });
    const { config, problems } = await createConfigService(engineContext(root)).load();
    expect(config.threshold).toBe(0.7);
    expect(problems).toMatchObject([{ code: 'CONFIG_INVALID', severity: 'error' }]);
  });
});

describe('a model of config.yaml', () => {
  it('may have limits a minute, headers, another API, a recording and a shape of its own', () => {
    const { config, problems } = parseConfig(`models:
  - { name: a, provider: openai, model: m, api: responses, rpm: 60, tpm: 10000, keyHeader: api-key, headers: { X-Team: blue, X-Api-Key: "\${env:K}" }, file: rec/a.jsonl, record: true }
  - { name: b, provider: vscode, model: copilot/gpt-4o }
  - { name: c, provider: http, baseUrl: "https://h.example/x", http: { body: { q: "{{prompt}}" }, transformResponse: json.a } }
`);
    expect(problems).toEqual([]);
    expect(config.models).toEqual([
      {
        name: 'a',
        provider: 'openai',
        model: 'm',
        params: {},
        api: 'responses',
        rpm: 60,
        tpm: 10000,
        keyHeader: 'api-key',
        headers: { 'X-Team': 'blue', 'X-Api-Key': '${env:K}' },
        file: 'rec/a.jsonl',
        record: true,
      },
      { name: 'b', provider: 'vscode', model: 'copilot/gpt-4o', params: {} },
      {
        name: 'c',
        provider: 'http',
        model: 'c',
        params: {},
        baseUrl: 'https://h.example/x',
        http: { method: 'POST', body: { q: '{{prompt}}' }, transformResponse: 'json.a' },
      },
    ]);
  });
});
