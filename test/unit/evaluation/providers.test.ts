import { describe, expect, it } from 'vitest';
import type { ModelProfile, Problem } from '../../../src/engine/config/types.js';
import { requestParams } from '../../../src/engine/evaluation/modelParams.js';
import { resolveProvider } from '../../../src/engine/evaluation/providers.js';
import { readProviders } from '../../../src/engine/evaluation/readProviders.js';
import { References } from '../../../src/engine/evaluation/references.js';
import { SuiteSource } from '../../../src/engine/evaluation/suiteSource.js';
import { createFileSystem } from '../../../src/platform/fs.js';
import { addressOf, originOf } from '../../../src/platform/openai/origin.js';
import { temporaryFolder } from '../../support/temporary.js';

const empty = {
  version: 1 as const,
  threshold: 0.7,
  prompts: null,
  sources: [],
  redaction: { kinds: [], patterns: [] },
  retention: { interactionDays: null, feedbackDays: null },
  models: [] as ModelProfile[],
  defaults: {},
};
const profileOf = (id: string, config: Record<string, unknown> = {}, models: ModelProfile[] = []): ModelProfile =>
  resolveProvider({ id, label: null, config, range: null }, { ...empty, models }, 'suites/a.eval.yaml');

async function read(yaml: string, files: Record<string, string> = {}, env?: Record<string, string>) {
  const root = temporaryFolder(files);
  const problems: Problem[] = [];
  const source = new SuiteSource('a.eval.yaml', yaml, problems);
  const references = new References(createFileSystem(), root, 'a.eval.yaml');
  const value = (source.value as { providers: unknown }).providers;
  const found = await readProviders({ source, references, trusted: true, ...(env === undefined ? {} : { env }) }, value);
  return {
    found,
    problems,
    at: (problem: Problem | undefined) => (problem?.range == null ? null : yaml.slice(problem.range.start, problem.range.end)),
  };
}

describe('ids of promptfoo', () => {
  it('mean an endpoint with its address and the variable of its key', () => {
    const table: [string, Partial<ModelProfile>, string][] = [
      ['openai:chat:gpt-4o', { model: 'gpt-4o', key: '${env:OPENAI_API_KEY}' }, 'https://api.openai.com/v1'],
      ['openai:gpt-4o', { model: 'gpt-4o' }, 'https://api.openai.com/v1'],
      ['openai:chat:ft:gpt-4o:me', { model: 'ft:gpt-4o:me' }, 'https://api.openai.com/v1'],
      ['openai:responses:gpt-4o', { model: 'gpt-4o', api: 'responses' }, 'https://api.openai.com/v1'],
      ['openai:completion:old', { model: 'old', api: 'completions' }, 'https://api.openai.com/v1'],
      ['openai:embedding:e', { model: 'e', api: 'embeddings' }, 'https://api.openai.com/v1'],
      ['ollama:chat:llama3:8b', { model: 'llama3:8b' }, 'http://localhost:11434/v1'],
      ['ollama:llama3', { model: 'llama3' }, 'http://localhost:11434/v1'],
      ['localai:chat:x', { model: 'x' }, 'http://localhost:8080/v1'],
      ['vllm:x', { model: 'x' }, 'http://localhost:8000/v1'],
      ['openrouter:a/b:free', { model: 'a/b:free', key: '${env:OPENROUTER_API_KEY}' }, 'https://openrouter.ai/api/v1'],
      ['groq:x', { model: 'x', key: '${env:GROQ_API_KEY}' }, 'https://api.groq.com/openai/v1'],
      ['mistral:x', { key: '${env:MISTRAL_API_KEY}' }, 'https://api.mistral.ai/v1'],
      ['deepseek:x', { key: '${env:DEEPSEEK_API_KEY}' }, 'https://api.deepseek.com/v1'],
      ['togetherai:x/y', { model: 'x/y', key: '${env:TOGETHER_API_KEY}' }, 'https://api.together.xyz/v1'],
    ];
    for (const [id, wanted, address] of table) {
      const profile = profileOf(id);
      expect(profile, id).toMatchObject({ name: id, provider: 'openai', ...wanted });
      expect(addressOf(profile, {}), id).toBe(address);
    }
    expect(addressOf(profileOf('ollama:chat:x'), { OLLAMA_BASE_URL: 'http://box:1/' })).toBe('http://box:1/v1');
    expect(originOf(profileOf('openai:chat:x', { apiHost: 'a.example' }), {})).toBe('https://a.example');
    expect(profileOf('openai:chat:x', { apiBaseUrl: 'http://b.example/v1', apiKeyEnvar: 'MINE' })).toMatchObject({
      baseUrl: 'http://b.example/v1',
      key: '${env:MINE}',
    });
  });

  it('ask Azure by deployment, version and its own header', () => {
    const azure = profileOf('azure:chat:dep', { apiHost: 'x.openai.azure.com', apiVersion: '2025-01-01' });
    expect(azure).toMatchObject({
      baseUrl: 'https://x.openai.azure.com/openai/deployments/dep',
      key: '${env:AZURE_API_KEY}',
      keyHeader: 'api-key',
      query: { 'api-version': '2025-01-01' },
      model: 'dep',
    });
    expect(originOf(profileOf('azureopenai:chat:dep'), { AZURE_API_HOST: 'y.openai.azure.com' })).toBe('https://y.openai.azure.com');
    expect(() => originOf(profileOf('azure:chat:dep'), {})).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });

  it('that are not spoken say what to do instead', () => {
    for (const [id, wanted] of [
      ['anthropic:messages:claude', /compatible address \(https:\/\/api.anthropic.com/u],
      ['openai:image:dall-e', /not known/u],
      ['bedrock:x', /gateway/u],
    ] as const)
      expect(() => profileOf(id), id).toThrow(
        expect.objectContaining({ code: 'MODEL_NOT_CONFIGURED', message: expect.stringMatching(wanted) }),
      );
  });

  it('of HTTP make a request of their own, and say what of it is not done', () => {
    const config = {
      url: 'https://h.example/y',
      headers: { a: 1 },
      body: { p: '{{prompt}}' },
      responseParser: 'json.x',
      queryParams: { q: 'z' },
    };
    expect(profileOf('https', config)).toMatchObject({
      provider: 'http',
      baseUrl: 'https://h.example/y',
      headers: { a: '1' },
      query: { q: 'z' },
      http: { method: 'POST', body: { p: '{{prompt}}' }, transformResponse: 'json.x', folder: 'suites' },
    });
    expect(profileOf('http://h.example/x')).toMatchObject({ provider: 'http', http: { method: 'GET' } });
    expect(() => profileOf('https')).toThrow(expect.objectContaining({ message: expect.stringContaining('no address') }));
    expect(() => profileOf('https://h.example', { request: 'POST / HTTP/1.1' })).toThrow(
      expect.objectContaining({ message: expect.stringContaining('raw request') }),
    );
  });
});

describe('parameters', () => {
  it('go by the endpoint’s names; settings become settings', () => {
    const profile = profileOf('openai:chat:m', {
      maxTokens: 7,
      tools: [{ type: 'function' }],
      tool_choice: 'auto',
      passthrough: { my_own: 1 },
      organization: 'org',
      headers: { 'X-A': 'b' },
      cost: 0.000002,
      apiBaseUrl: 'http://127.0.0.1:1/v1',
      unknown: 1,
    });
    expect(profile.params).toEqual({ max_tokens: 7, tools: [{ type: 'function' }], tool_choice: 'auto', my_own: 1 });
    expect(profile).toMatchObject({ headers: { 'OpenAI-Organization': 'org', 'X-A': 'b' }, price: { in: 2, out: 2 } });
  });

  it('that promptfoo sends by itself are sent for its ids of OpenAI only, and yield to prompt and suite', () => {
    const { defaults } = profileOf('openai:chat:gpt-4o');
    expect(defaults).toEqual({ temperature: 0, max_tokens: 1024 });
    expect(requestParams({ maxTokens: 5 }, {}, defaults)).toEqual({ max_tokens: 5, temperature: 0 });
    expect(requestParams(undefined, { max_completion_tokens: 9, temperature: 1 }, defaults)).toEqual({
      max_completion_tokens: 9,
      temperature: 1,
    });
    for (const profile of [profileOf('openai:chat:o3-mini'), profileOf('openai:chat:m', { omitDefaults: true }), profileOf('groq:m')])
      expect(profile.defaults).toBeUndefined();
    const own: ModelProfile = { name: 'mine', provider: 'openai', model: 'm', params: { seed: 1 } };
    expect(profileOf('mine', { temperature: 0.5 }, [own])).toEqual({ ...own, params: { seed: 1, temperature: 0.5 } });
  });
});

describe('providers of a suite', () => {
  it('may keep tools and schemas in files, and name variables of the environment', async () => {
    const { found, problems } = await read(
      `providers:
  - id: '{{ env.MODEL }}'
    label: one
    prompts: [a, 'b*']
    transform: output.trim()
    delay: 5
    config: { tools: file://tools.json, response_format: file://rf.yaml, apiKey: '{{env.MY_KEY}}', headers: { a: 'x {{ env.OTHER }}' } }
  - file://more.yaml
`,
      { 'tools.json': '[{"type":"function"}]', 'rf.yaml': 'type: json_object\n', 'more.yaml': '- echo\n- { id: echo, label: two }\n' },
      { MODEL: 'openai:chat:m' },
    );
    expect(problems).toEqual([]);
    expect(found).toMatchObject([
      {
        id: 'openai:chat:m',
        label: 'one',
        prompts: ['a', 'b*'],
        transform: { language: 'javascript', text: 'output.trim()' },
        delay: 5,
        config: {
          tools: [{ type: 'function' }],
          response_format: { type: 'json_object' },
          apiKeyEnvar: 'MY_KEY',
          headers: { a: 'x ${env:OTHER}' },
        },
      },
      { id: 'echo', label: null },
      { id: 'echo', label: 'two' },
    ]);
  });

  it('are told at the very key what is not sent, and never with the text of a key', async () => {
    const yaml = `providers:
  - { id: 'openai:chat:m', config: { apiKey: sk-secret-secret, temprature: 1, functionToolCallbacks: {}, tools: file://none.json } }
  - { id: 'https://h.example', config: { request: raw } }
  - { id: 'x', nonsense: 1 }
  - 5
`;
    const { found, problems, at } = await read(yaml);
    const byPlace = problems.map((problem) => [problem.severity, at(problem)]);
    expect(byPlace).toContainEqual(['error', 'apiKey']);
    expect(byPlace).toContainEqual(['warning', 'temprature']);
    expect(byPlace).toContainEqual(['warning', 'functionToolCallbacks']);
    expect(byPlace).toContainEqual(['error', 'request']);
    expect(JSON.stringify(problems)).not.toContain('sk-secret');
    expect(JSON.stringify(found)).not.toContain('sk-secret');
    expect(found[0]?.problem).toContain('tools');
    expect(problems.map(({ code }) => code)).toContain('provider-invalid');
  });
});
