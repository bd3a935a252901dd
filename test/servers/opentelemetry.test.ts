/** The real SDK of OpenTelemetry, set up as the README says, sends to the collector. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveCollector, type CollectorServer } from '../../src/platform/collector/server.js';
import { openEngine, type ServerEngine } from './support/engine.js';
import { ensureVenv, start, type Venv } from './support/python.js';

const silent = (): void => undefined;
const token = 'a token of the tests';
const count = 40;

/** What the README tells people to set, for the collector at this address. */
function environment(address: string): Record<string, string> {
  const readme = readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8');
  const lines = [...readme.matchAll(/^(OTEL_[A-Z_]+)="?([^"\s]+)"?/gm)].map(([, name = '', value = '']): [string, string] => [
    name,
    value.replace('http://127.0.0.1:4410', address).replace('$FEEDBACK_TOKEN', encodeURIComponent(token)),
  ]);
  return Object.fromEntries(lines);
}

let venv: Venv;
let opened: ServerEngine;
let server: CollectorServer;
beforeAll(async () => {
  // The SDK comes with Phoenix, whose environment there is already.
  venv = await ensureVenv('phoenix', 'requirements-phoenix.txt');
  opened = openEngine({ name: 'collector', kind: 'collector' });
  server = await serveCollector(
    await opened.engine.openCollector(),
    { token },
    { debug: silent, info: silent, warn: silent, error: silent },
  );
});
afterAll(async () => {
  await server.close(1000);
  await opened.close();
});

describe('the SDK of OpenTelemetry', () => {
  it('sends spans and logs, packed or not, and they are in the score', async () => {
    const script = join(import.meta.dirname, 'support/opentelemetry_app.py');
    const set = environment(server.address);
    expect(Object.keys(set)).toEqual(['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_PROTOCOL', 'OTEL_EXPORTER_OTLP_HEADERS']);
    for (const compression of ['none', 'gzip']) {
      const app = start(venv.python, [script, String(count)], {
        cwd: opened.root,
        env: { ...set, OTEL_EXPORTER_OTLP_COMPRESSION: compression },
      });
      expect([await app.exited, app.output()]).toEqual([0, '']);
    }
    expect(await opened.pull()).toMatchObject({
      ok: true,
      rejected: [],
      interactions: { total: 2 * count },
      feedback: { total: 4 * count },
    });
    expect(await opened.scores('support/answer')).toEqual({ v2: { mean: 0.75, events: 2 * count, users: count } });
    const { rows } = await opened.engine.feedback.page({ signal: 'judge.score' });
    expect(rows[0]).toMatchObject({ actor: 'llm_judge', prompt: 'support/answer', version: 'v2', y: 0.5 });
  });

  it('is told when its token is wrong, and nothing of it is taken in', async () => {
    const app = start(venv.python, [join(import.meta.dirname, 'support/opentelemetry_app.py'), '1'], {
      cwd: opened.root,
      env: { ...environment(server.address), OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Bearer%20another' },
    });
    await app.exited;
    expect(app.output()).toContain('401');
    expect(await opened.pull()).toMatchObject({ interactions: { new: 0 }, feedback: { new: 0 } });
  });
});
