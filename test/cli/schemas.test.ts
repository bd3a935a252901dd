/**
 * Each --json document has the shape that cli.md promises: the whole loop through the built command line, on the sample workspace with a model that
 * answers at once. The model is steerable the way the local one is: with the label asked for as one word it answers with it, otherwise it chats.
 */
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.js';
import type { CliResult } from '../support/cli.js';
import { startFakeModel } from '../support/fakeModel.js';
import type { FakeMessage, FakeModel } from '../support/fakeModel.js';
import { makeRepository } from '../support/repository.js';

const prompt = 'support/triage';
const schemas = join(import.meta.dirname, '../support/schemas');
const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
addFormats.default(ajv);
for (const file of readdirSync(schemas)) ajv.addSchema(JSON.parse(readFileSync(join(schemas, file), 'utf8')) as object);

let folder = '';
const ratchet = (args: string[]): Promise<CliResult> => runCli(args, { cwd: folder });
let model: FakeModel;
let labels = new Map<string, string>();

/** Faults of a document against its schema, each with its place and value: empty where it holds. */
function faults(name: string, document: unknown): string[] {
  const validate = ajv.getSchema(`${name}.json`)!;
  return validate(document) === true
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${name}${instancePath} ${message ?? ''}`);
}

function answer(messages: FakeMessage[]): string {
  const message = messages.at(-1)?.content.trim() ?? '';
  const label = labels.get(message) ?? 'technical';
  const steered = messages.length > 2 || /one word|only (with )?the (label|team)|nothing else/i.test(messages[0]?.content ?? '');
  return steered ? label : `Thank you for writing in! Our ${label} team will be happy to help.`;
}

/** Runs with --json, and gives the one document on stdout. */
async function json(args: string[], code = 0): Promise<Record<string, any>> {
  const result = await ratchet([...args, '--json']);
  expect({ args, code: result.code, stderr: result.code === code ? '' : result.stderr }).toEqual({ args, code, stderr: '' });
  return JSON.parse(result.stdout) as Record<string, any>;
}

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'ratchet-schemas-')));
  model = await startFakeModel(answer);
});

afterAll(async () => {
  await model.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the documents of the command line', () => {
  it('init, and a second init keeps what is there', async () => {
    const dry = await json(['init', '--sample', '--dry-run']);
    const first = await json(['init', '--sample']);
    expect([...faults('init', dry), ...faults('init', first)]).toEqual([]);
    expect(dry['created']).toEqual(first['created']);
    expect((await json(['init', '--sample']))['created']).toEqual([]);
    labels = new Map(
      readFileSync(join(folder, 'prompts/support/triage.cases.csv'), 'utf8')
        .split(/\r?\n/)
        .map((line) => /^(?:"((?:[^"]|"")*)"|([^,]*)),(\w+)$/.exec(line))
        .flatMap((match) => (match === null ? [] : [[(match[1] ?? match[2] ?? '').replaceAll('""', '"'), match[3] ?? ''] as const])),
    );
    expect(labels.size).toBeGreaterThan(20);
    const config = join(folder, '.ratchet/config.yaml');
    writeFileSync(
      config,
      readFileSync(config, 'utf8').replaceAll(
        /provider: llama\n(\s+)model: .*\n/g,
        `provider: openai\n$1baseUrl: ${model.baseUrl}\n$1model: fake\n`,
      ),
    );
    makeRepository(folder);
  });

  it('doctor', async () => {
    const result = await ratchet(['doctor', '--json']);
    expect(faults('doctor', JSON.parse(result.stdout))).toEqual([]);
  });

  it('pull', async () => {
    const document = await json(['pull']);
    expect(faults('pull', document)).toEqual([]);
    expect(document['sources'].every(({ ok }: { ok: boolean }) => ok)).toBe(true);
  });

  it('score, and the same bytes a second time', async () => {
    const args = ['score', '--json', '--as-of', '2030-01-01T00:00:00Z'];
    const first = await ratchet(args);
    expect(faults('score', JSON.parse(first.stdout))).toEqual([]);
    expect((await ratchet(args)).stdout).toBe(first.stdout);
    const withSegments = await ratchet(['score', prompt, '--segment', 'plan', '--json']);
    expect(faults('score', JSON.parse(withSegments.stdout))).toEqual([]);
  });

  it('feedback, page by page', async () => {
    const first = await json(['feedback', prompt, '--limit', '5']);
    expect(faults('feedback', first)).toEqual([]);
    expect(first['rows']).toHaveLength(5);
    const second = await json(['feedback', prompt, '--limit', '5', '--cursor', String(first['nextCursor'])]);
    expect(faults('feedback', second)).toEqual([]);
    expect(second['rows'][0].id).not.toBe(first['rows'][0].id);
  });

  it('eval', async () => {
    const result = await ratchet(['eval', '--prompt', prompt, '--json']);
    expect(result.stderr + result.stdout).not.toBe('');
    const document = JSON.parse(result.stdout) as Record<string, any>;
    expect(faults('eval', document)).toEqual([]);
    expect(document['suites'][0].stats.errored).toBe(0);
    expect(document['suites'][0].stats.passed).toBe(0);
  });

  it('suggest, accept, versions, rollback: certified by held-out cases, committed, listed, taken back', async () => {
    const suggestion = await json(['suggest', prompt, '--seed', '1']);
    expect(faults('suggestion', suggestion)).toEqual([]);
    expect(suggestion['verdict']).toBe('certified');

    const accepted = await json(['accept', String(suggestion['id']), '--yes']);
    expect(faults('version', accepted)).toEqual([]);
    expect(accepted).toMatchObject({ prompt, why: 'suggestion' });
    expect(accepted['commit']).not.toBeNull();

    const versions = await json(['versions', prompt]);
    expect(faults('versions', versions)).toEqual([]);

    const rolled = await json(['rollback', prompt, '--to', String(accepted['parent'])]);
    expect(faults('version', rolled)).toEqual([]);
    expect(rolled['why']).toBe('rollback');
    expect(faults('versions', await json(['versions']))).toEqual([]);
  });

  it('check, on an edit by hand', async () => {
    const file = join(folder, 'prompts/support/triage.prompty');
    writeFileSync(file, readFileSync(file, 'utf8').replace('Greet the customer warmly and thank them for writing in.\n', ''));
    const result = await ratchet(['check', prompt, '--json']);
    expect([0, 1]).toContain(result.code);
    expect(faults('suggestion', JSON.parse(result.stdout))).toEqual([]);
  });

  it('audit', async () => {
    const verified = await json(['audit', 'verify']);
    expect(faults('audit', verified)).toEqual([]);
    expect(verified['status']).toBe('ok');
    const shown = await json(['audit', 'show']);
    expect(faults('audit', shown)).toEqual([]);
    expect(shown['entries'].length).toBe(shown['records']);
  });

  it('knows a fault when it sees one', () => {
    expect(faults('init', { schema: 'promptratchet.init/1', created: ['/absolute'], kept: [], dryRun: 'no', more: 1 })).toHaveLength(3);
  });
});
