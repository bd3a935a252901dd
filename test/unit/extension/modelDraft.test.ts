import { describe, expect, it } from 'vitest';
import { addressFault, emptyDraft, freeName, ofServer, toParams } from '../../../src/extension/models/draft.js';
import { toModel } from '../../../src/server/handlers/models.js';

describe('a model that is being added', () => {
  it('goes to the server without a key, and only with the name of a variable', () => {
    const draft = { ...ofServer({ name: 'Ollama', baseUrl: 'http://127.0.0.1:11434/v1', models: ['x'] }), model: 'x', name: 'mine' };
    expect(toParams(draft)).toEqual({ name: 'mine', provider: 'openai', model: 'x', baseUrl: 'http://127.0.0.1:11434/v1' });
    expect(toParams({ ...draft, keyVariable: 'K' }).key).toBe('${env:K}');
    expect(toParams({ ...emptyDraft, provider: 'vscode', model: 'copilot/gpt' })).toEqual({
      name: 'copilot/gpt',
      provider: 'vscode',
      model: 'copilot/gpt',
    });
    expect(toModel(toParams(draft))).toMatchObject({ params: {}, baseUrl: 'http://127.0.0.1:11434/v1' });
    expect(() => toModel({ name: 'a', provider: 'openai', model: 'm', key: 'sk-literal' })).toThrow(
      expect.objectContaining({ code: 'BAD_USAGE' }),
    );
  });

  it('gets a name that is free and fits', () => {
    expect(freeName('meta/llama 3:8b', [])).toBe('llama-3-8b');
    expect(freeName('gpt-4o', ['gpt-4o', 'gpt-4o-2'])).toBe('gpt-4o-3');
    expect(freeName('???', [])).toBe('model');
  });

  it('takes web addresses without credentials', () => {
    expect(['https://h.example/v1', 'http://localhost:1', 'localhost:1', 'ftp://x', 'https://u:p@h.example'].map(addressFault)).toEqual([
      null,
      null,
      'none',
      'none',
      'credentials',
    ]);
  });
});
