/** The small applications of the sample workspace, against a real collector: what people say in them is in the score. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import type { FeedbackDocument, ScoreDocument } from '../../src/shared/documents.js';
import { runCli } from '../support/cli.js';
import { startCollect } from '../support/collectProcess.js';
import { temporaryFolder } from '../support/temporary.js';

const python = ['python3', 'python'].find(
  (name) => spawnSync(name, ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))']).status === 0,
);
const typescript =
  spawnSync(process.execPath, ['--input-type=module-typescript', '-e', 'const x: number = 1'], { stdio: 'ignore' }).status === 0;

const applications = [
  { name: 'python/app.py', command: python, missing: 'Python 3 is not there' },
  { name: 'typescript/app.ts', command: typescript ? process.execPath : undefined, missing: 'this Node reads no TypeScript' },
];

async function post(address: string, path: string, body: object): Promise<{ id: string; text: string }> {
  const response = await fetch(address + path, { method: 'POST', body: JSON.stringify(body) });
  expect(response.status).toBe(200);
  return (await response.json()) as { id: string; text: string };
}

describe.each(applications)('examples/$name', ({ name, command, missing }) => {
  it('collects answers and ratings, also while the collector is away, and each once', async () => {
    if (command === undefined) {
      console.log(`skipped: ${missing}`);
      return;
    }
    const root = temporaryFolder();
    await runCli(['init', '--sample'], { cwd: root });
    const before = ((await runCli(['score', '--json', 'support/answer'], { cwd: root })).json as ScoreDocument).prompts[0]?.versions;
    const options = { args: ['--token-env', 'COLLECT_TOKEN'], env: { COLLECT_TOKEN: 'a-token' } };
    const first = await startCollect(root, options);
    const { address, port } = first.document;
    const app = spawn(command, [join(root, 'examples', name)], {
      env: { ...process.env, RATCHET_COLLECTOR: address, RATCHET_TOKEN: 'a-token', PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [line] = (await once(createInterface(app.stdout), 'line')) as [string];
      const url = /http:\S+/.exec(line)?.[0] ?? '';
      expect(await (await fetch(url)).text()).toContain('How long to Skye?');
      const answer = await post(url, '/ask', { user: 'anna', question: 'How long to Skye?' });
      expect(answer.text).toContain('4 to 5 working days');
      await post(url, '/ask', { user: 'silent', question: 'Anything else?' });
      await post(url, '/rate', { user: 'anna', id: answer.id, rating: 1 });
      await post(url, '/rate', { user: 'anna', id: answer.id, rating: 0, comment: 'far too long' });
      // The second collector comes up on the same port while the application tries again.
      await first.end('SIGKILL');
      const late = post(url, '/rate', { user: 'anna', id: answer.id, rating: 0.25, comment: 'still too long' });
      const second = await startCollect(root, { ...options, args: [...options.args, '--port', String(port)] });
      await late;
      await second.end();

      const { rows } = (await runCli(['feedback', '--json', '--user', 'anna'], { cwd: root })).json as FeedbackDocument;
      expect(rows).toMatchObject([{ id: `${answer.id}/rating`, y: 0.25, prompt: 'support/answer', version: 'v2', text: 'still too long' }]);
      const after = ((await runCli(['score', '--json', 'support/answer'], { cwd: root })).json as ScoreDocument).prompts[0]?.versions;
      const v2 = (versions: typeof after) => versions?.find(({ version }) => version === 'v2');
      expect(v2(after)?.score?.users).toBe((v2(before)?.score?.users ?? 0) + 1);
      expect(v2(after)?.channels.system.interactions).toBe((v2(before)?.channels.system.interactions ?? 0) + 2);
    } finally {
      app.kill();
    }
  });
});
