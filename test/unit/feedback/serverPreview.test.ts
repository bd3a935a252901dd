import { afterEach, describe, expect, it } from 'vitest';
import { previewServer } from '../../../src/engine/feedback/serverPreview.js';
import { createLangfuseSource } from '../../../src/engine/feedback/sources/langfuse/source.js';
import type { SourceConfig } from '../../../src/engine/config/types.js';
import type { HttpServer } from '../../support/httpServer.js';
import { langfuse, startLangfuse } from '../../support/servers/langfuse.js';
import { sourceOf, toolsAt } from '../../support/sourceReading.js';

const now = '2026-11-24T00:00:00Z';
const env = { PUBLIC: langfuse.keys.public, SECRET: langfuse.keys.secret };
const keys = { user: '${env:PUBLIC}', key: '${env:SECRET}' };

const data = (count: number) => ({
  observations: Array.from({ length: count }, (_, n) => ({
    ...langfuse.observation,
    id: `obs-${String(n)}`,
    traceId: `trace-${String(n)}`,
    startTime: '2026-11-22T10:00:00.000Z',
  })),
  scores: Array.from({ length: count }, (_, n) => ({
    ...langfuse.score,
    id: `score-${String(n)}`,
    name: 'mood',
    dataType: 'NUMERIC',
    source: 'API',
    value: n % 4 === 0 ? 5 : 1,
    configId: null,
    subject: { kind: 'trace', id: `trace-${String(n)}` },
    timestamp: '2026-11-22T10:05:00.000Z',
  })),
});

let server: HttpServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

async function preview(more: Partial<SourceConfig>, count = 40) {
  server ??= await startLangfuse(data(count));
  const source = { ...sourceOf('langfuse', server.origin, keys), ...more };
  return previewServer(
    source,
    () => createLangfuseSource(source, toolsAt(now, env)),
    () => Date.parse(now),
    20,
    null,
  );
}

describe('the preview of a server', () => {
  it('shows its first records with the prompt of their trace, and asks what only a person knows', async () => {
    const shown = await preview({});
    expect(shown.records).toHaveLength(20);
    expect(shown.records[0]).toMatchObject({
      line: 0,
      prompt: 'support/answer',
      version: '2',
      score: null,
      problem: expect.stringContaining('mood') as string,
    });
    expect(shown.metrics).toEqual([
      { name: 'mood', count: expect.any(Number) as number, examples: expect.arrayContaining(['1', '5']) as string[] },
    ]);
  });

  it('asks no more once that is said', async () => {
    const shown = await preview({ scores: { mood: { signal: 'explicit.rating', actor: 'end_user', min: 1, max: 5 } } });
    expect(shown.metrics).toBeUndefined();
    expect(shown.records[0]).toMatchObject({ signal: 'explicit.rating', problem: null });
    expect(new Set(shown.records.map(({ score }) => score))).toEqual(new Set([0, 1]));
  });

  it('says what stands in the way, and where nothing is there', async () => {
    const refused = await preview({ key: '${env:NOTHING}' });
    expect(refused.records).toEqual([]);
    expect(refused.problems[0]).toMatch(/key/i);
    await server?.close();
    server = await startLangfuse({ observations: [], scores: [] });
    expect((await preview({})).problems).toEqual(['Nothing is there yet.']);
  });
});
