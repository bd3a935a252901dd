/** The snippets are run as they are copied, against a server that only remembers. */
import { spawnSync } from 'node:child_process';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { snippets } from '../../../src/extension/collector/snippets.js';
import { temporaryFolder } from '../../support/temporary.js';

const has = (program: string): boolean => spawnSync(program, ['--version']).status === 0;

describe('snippets', () => {
  let server: Server;
  let address = '';
  let seen: { path: string; authorization: string | undefined; body: unknown }[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      request.on('end', () => {
        seen.push({ path: request.url ?? '', authorization: request.headers.authorization, body: JSON.parse(text) });
        response.end('{}');
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        resolve();
      });
    });
    address = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });
  afterAll(() => {
    server.close();
  });

  const run = async (program: string, args: string[]): Promise<void> => {
    const child = spawn(program, args, { env: { ...process.env, FEEDBACK_TOKEN: 't0ken' }, stdio: ['ignore', 'ignore', 'inherit'] });
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(0);
  };
  const textOf = (language: string, token: boolean): string =>
    snippets({ address, token, prompt: 'support/an"swer' }).find((item) => item.language === language)?.text ?? '';

  const cases: [language: string, program: string, run: (text: string, folder: string) => Promise<void>][] = [
    [
      'Python',
      'python3',
      (text, folder) => {
        writeFileSync(join(folder, 'app.py'), `${text}\ncollect_feedback("u1", "It's here", 1, "good")\n`);
        return run('python3', [join(folder, 'app.py')]);
      },
    ],
    [
      'TypeScript',
      process.execPath,
      (text, folder) => {
        const { code } = transformSync(`${text}\nawait collectFeedback("u1", "It's here", 1, "good");\n`, { loader: 'ts', format: 'esm' });
        writeFileSync(join(folder, 'app.mjs'), code);
        return run(process.execPath, [join(folder, 'app.mjs')]);
      },
    ],
    ['curl', 'curl', (text) => run('sh', ['-c', text])],
  ];

  it.each(cases)('%s sends one rating, with the token from the environment where there is one', async (language, program, start) => {
    // Checked where the program is; the other languages do not wait for it.
    if (!has(program)) return;
    for (const token of [false, true]) {
      seen = [];
      const text = textOf(language, token);
      expect(text).not.toContain('t0ken');
      await start(text, temporaryFolder());
      expect(seen).toHaveLength(1);
      expect(seen[0]).toMatchObject({
        path: '/v1/feedback',
        body: { prompt_name: 'support/an"swer', user: expect.stringMatching(/^u/) as string, rating: 1 },
      });
      expect(seen[0]?.authorization).toBe(token ? 'Bearer t0ken' : undefined);
    }
  });
});
