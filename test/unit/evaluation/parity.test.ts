/**
 * Suites in promptfoo's format with the verdict that promptfoo itself gave for each of their cases (`verdicts.json`; made by running
 * promptfoo 0.123.1 on the folder). Where we differ on purpose, `differs.json` says what ours is and why: the README lists the same.
 */
import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createModels } from '../../../src/platform/models.js';
import type { CaseResult, SuiteReport } from '../../../src/shared/evalDocument.js';
import type { EnginePorts } from '../../../src/engine/api.js';
import { buildCodePrograms, codeRunnerIn, type BuiltPrograms } from '../../support/codeRunner.js';
import { evaluationWorkspace } from '../../support/evaluationWorkspace.js';

interface Verdict {
  description: string | null;
  prompt: string;
  provider: string;
  status: 'pass' | 'fail' | 'error';
  score: number;
  output: unknown;
}

/** Ours, where it is another: by description. `output` only where that differs as well. */
type Differences = Record<string, { why: string; status?: CaseResult['status']; score?: number | null; output?: string | null }>;

const fixtures = join(import.meta.dirname, '../../fixtures/promptfoo');

function portsIn(root: string): Partial<EnginePorts> {
  const code = codeRunnerIn(programs, root);
  const silent = (): void => undefined;
  const logger = { debug: silent, info: silent, warn: silent, error: silent };
  const models = createModels({ root, env: {}, distDir: programs.distDir, logger, trusted: () => true, confirmedOrigins: () => [], code });
  return { code, models };
}

let programs: BuiltPrograms;

beforeAll(async () => {
  programs = await buildCodePrograms();
});

afterAll(() => {
  programs.remove();
});

function filesOf(folder: string, prefix = ''): Record<string, string> {
  const files: Record<string, string> = {};
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) Object.assign(files, filesOf(path, `${prefix}${entry.name}/`));
    else files[`${prefix}${entry.name}`] = readFileSync(path, 'utf8');
  }
  return files;
}

function json<T>(path: string, otherwise: T): T {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : otherwise;
}

async function run(folder: string): Promise<SuiteReport> {
  const { evaluation, context } = evaluationWorkspace(filesOf(folder), { portsIn });
  const { suites } = await evaluation.run({ suites: ['promptfooconfig.yaml'] });
  await context.ports.code.close();
  return suites[0]!;
}

/** What is compared, in an order that does not depend on who ran first. */
function line(description: string | null, status: string, score: number | null, output: unknown): string {
  const shown =
    status === 'error' ? '' : ` ${score === null ? '' : score.toFixed(4)} ${typeof output === 'string' ? output : JSON.stringify(output)}`;
  return `${description ?? ''}: ${status}${shown}`;
}

describe('verdicts of promptfoo', () => {
  for (const area of readdirSync(fixtures)) {
    it(area, async () => {
      const folder = join(fixtures, area);
      const { cases } = json<{ cases: Verdict[] }>(join(folder, 'verdicts.json'), { cases: [] });
      const differs = json<Differences>(join(folder, 'differs.json'), {});
      const report = await run(folder);
      const theirs = cases.map((entry) => {
        const { status, score, output } = { ...entry, ...differs[entry.description ?? ''] };
        return line(entry.description, status, score, output);
      });
      const ours = report.cases.map(({ description, status, score, output }) => line(description, status, score, output));
      expect(ours.sort()).toEqual(theirs.sort());
    });
  }
});
