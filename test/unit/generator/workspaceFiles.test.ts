/** The workspaces that we ship and test with have to be read without a single complaint of ours. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createConfigService } from '../../../src/engine/config/service.js';
import { loadSuite } from '../../../src/engine/evaluation/loadSuite.js';
import { createPromptService } from '../../../src/engine/prompts/service.js';
import { repositoryRoot } from '../../generator/workspace.js';
import { engineContext } from '../../support/engineContext.js';

const folders = { sample: 'src/cli/sample', banking77: 'test/fixtures/banking77' };

function open(name: keyof typeof folders) {
  const root = join(repositoryRoot, folders[name]);
  const context = engineContext(root);
  const config = createConfigService(context);
  const prompts = createPromptService(context, { config });
  return {
    config,
    prompts,
    suite: (file: string) => loadSuite(context, prompts, file, readFileSync(join(root, file), 'utf8')),
  };
}

function countBy(values: readonly unknown[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[String(value)] = (counts[String(value)] ?? 0) + 1;
  return counts;
}

describe.each(['sample', 'banking77'] as const)('%s', (name) => {
  const workspace = open(name);

  it('has a configuration without problems', async () => {
    expect((await workspace.config.load()).problems).toEqual([]);
  });

  it('has prompts without problems', async () => {
    const documents = await workspace.prompts.list();
    expect(documents.flatMap((document) => document.problems)).toEqual([]);
    expect(documents.length).toBeGreaterThan(0);
  });
});

describe('the prompts and suites of the sample', () => {
  const workspace = open('sample');

  it('are four prompts in three formats, each with a name of its own', async () => {
    const documents = await workspace.prompts.list();
    expect(documents.map((document) => [document.id, document.format])).toEqual([
      ['orders/find-order', 'github-models'],
      ['support/answer', 'dotprompt'],
      ['support/summarize', 'prompty'],
      ['support/triage', 'prompty'],
    ]);
  });

  it.each([
    ['prompts/support/triage.eval.yaml', 140],
    ['prompts/orders/find-order.eval.yaml', 64],
    ['prompts/support/answer.eval.yaml', 21],
    ['prompts/support/summarize.eval.yaml', 10],
  ])('%s is read without problems and its cases fill the prompt', async (file, cases) => {
    const suite = await workspace.suite(file);
    expect(suite.problems).toEqual([]);
    expect(suite.cases).toHaveLength(cases);
    expect(new Set(suite.cases.map((each) => each.id)).size).toBe(cases);
    const prompt = await workspace.prompts.get(suite.prompts[0]?.file ?? '');
    for (const each of suite.cases)
      expect(workspace.prompts.render(prompt, each.vars).messages.map((message) => message.role)).toEqual(['system', 'user']);
  });

  it('have as many routing cases of one team as of another, also in the first forty', async () => {
    const suite = await workspace.suite('prompts/support/triage.eval.yaml');
    const labels = suite.cases.map((each) => each.assertions[0]?.value);
    expect(countBy(labels)).toEqual({ account: 35, billing: 35, shipping: 35, technical: 35 });
    expect(countBy(labels.slice(0, 40))).toEqual({ account: 10, billing: 10, shipping: 10, technical: 10 });
  });

  it('have no served message among the cases that judge it', async () => {
    const suite = await workspace.suite('prompts/support/triage.eval.yaml');
    const log = readFileSync(join(repositoryRoot, 'src/cli/sample/logs/feedback.jsonl'), 'utf8');
    for (const each of suite.cases) expect(log).not.toContain(JSON.stringify(each.vars['message']));
  });
});

describe('the suite of banking77', () => {
  it('has the 200 held-out rows as cases and 60 others to build with', async () => {
    const suite = await open('banking77').suite('prompts/intent.eval.yaml');
    expect(suite.problems).toEqual([]);
    expect(countBy(suite.cases.map((each) => each.metadata['split']))).toEqual({ undefined: 200, train: 60 });
    expect(
      Object.values(countBy(suite.cases.filter((each) => each.metadata['split'] === undefined).map((each) => each.assertions[0]?.value))),
    ).toEqual(Array.from({ length: 10 }, () => 20));
  });
});
