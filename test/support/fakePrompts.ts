import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PromptService } from '../../src/engine/api.js';
import { EngineError } from '../../src/engine/errors.js';
import { promptSha256 } from '../../src/engine/prompts/hash.js';
import type { PromptDocument } from '../../src/engine/prompts/types.js';

/** Prompts by id and file, without any parsing. */
export function fakePrompts(root: string, files: Record<string, string>): PromptService {
  const parse = (id: string, file: string, text: string): PromptDocument => ({
    id,
    format: 'prompty',
    file,
    entry: null,
    sha256: promptSha256(text),
    text,
    messages: [],
    placeholders: [],
    frozen: [],
    model: null,
    samples: [],
    problems: [],
  });
  const there = () => Object.entries(files).filter(([, file]) => existsSync(join(root, file)));
  const read = ([id, file]: [string, string]) => parse(id, file, readFileSync(join(root, file), 'utf8'));
  return {
    list: () => Promise.resolve(there().map(read)),
    get: (wanted) => {
      const found = there().find(([id, file]) => id === wanted || file === wanted);
      if (found === undefined) return Promise.reject(new EngineError('PROMPT_NOT_FOUND', `There is no prompt ${wanted}.`));
      return Promise.resolve(read(found));
    },
    parse: (file, text) => parse(file, file, text),
    isPromptFile: () => true,
    render: () => ({ messages: [] }),
    invalidate: () => undefined,
  };
}
