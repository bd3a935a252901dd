/**
 * `npm test`: everything that must hold, on a fresh clone with nothing but Node >= 20, npm and git. Runs all steps, says what failed, and ends with
 * the line `N passed, N failed, N skipped` (tests, and one for each check). Plain Node: it is what installs the rest.
 *
 *   node src/build/test.mjs [--fast] [--only=name,…] [--skip=name,…]
 *
 * --fast   what needs neither an editor nor a model
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkMachine, endOnSignals, ensureInstalled, Lacking, node, root, run, scriptMain } from './lib/run.mjs';

const MINUTE = 60_000;
const output = join(root, 'test/output');

/**
 * `kind`: how results are counted: a check is one, vitest and mocha write theirs. `needs`: what must be there; where it is not, the step is
 * skipped with a plain message, and under CI=true that is a failure. `script`: of package.json, where it is not the name.
 */
const STEPS = [
  { name: 'build', kind: 'check' },
  { name: 'format', kind: 'check' },
  { name: 'lint', kind: 'check' },
  { name: 'depcruise', kind: 'check' },
  { name: 'knip', kind: 'check' },
  { name: 'types', kind: 'check' },
  { name: 'manifest', kind: 'check' },
  { name: 'package', kind: 'check' },
  { name: 'budgets', kind: 'check' },
  { name: 'unit', kind: 'vitest' },
  { name: 'server', kind: 'vitest' },
  { name: 'cli', kind: 'vitest' },
  { name: 'webview', kind: 'vitest', needs: ['chromium'], slow: true },
  { name: 'servers', script: 'test:servers', kind: 'vitest', needs: ['servers'], slow: true },
  { name: 'model', kind: 'vitest', needs: ['model'], slow: true },
  { name: 'host', kind: 'mocha', needs: ['chromium', 'vscode'], slow: true },
  { name: 'e2e', kind: 'vitest', needs: ['chromium', 'vscode', 'model'], slow: true },
];

/** What has to be fetched. Fetched once, in the background, while the checks run; resolves with null, or with why it cannot be had. */
const FETCH = {
  async chromium(log) {
    const { ensureChromium, LACKS_CHROMIUM } = await import('./lib/chromium.mjs');
    return (await ensureChromium(log)) === null ? LACKS_CHROMIUM : null;
  },
  async vscode(log) {
    const { getVsCodeServer } = await import('./lib/vscodeServer.mjs');
    await getVsCodeServer(log);
    return null;
  },
  async servers(log) {
    const { ensureVenv } = await import('./lib/python.mjs');
    for (const name of ['phoenix', 'mlflow', 'chdb']) await ensureVenv(name, `test/servers/requirements-${name}.txt`, log);
    return null;
  },
  async model() {
    const { code, output: said } = await run(node(), ['src/build/setupModel.mjs'], { capture: true, timeoutMs: 12 * MINUTE });
    return code === 0 ? null : (said.trim().split('\n').at(-1) ?? 'The local model could not be set up.');
  },
};

async function runStep(step, env) {
  if (step.kind === 'check') {
    const { code, output: said } = await run('npm', ['run', '--silent', step.name], { capture: true, env, timeoutMs: 10 * MINUTE });
    return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0, said };
  }
  const results = step.kind === 'mocha' ? join(output, 'host/results.json') : join(output, `${step.name}.json`);
  rmSync(results, { force: true });
  const args = step.kind === 'mocha' ? [] : ['--', '--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
  const { code, output: said } = await run('npm', ['run', '--silent', step.script ?? step.name, ...args], {
    capture: true,
    env,
    timeoutMs: 20 * MINUTE,
  });
  const counts = existsSync(results) ? count(JSON.parse(readFileSync(results, 'utf8'))) : { passed: 0, failed: 0, skipped: 0 };
  // A run that broke outside of its tests, or that found none, has failed whatever it counted.
  if (counts.failed === 0 && (code !== 0 || counts.passed === 0)) counts.failed = 1;
  return { ...counts, said };
}

function count(results) {
  if ('passed' in results) return results;
  const broken = results.testResults.filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0).length;
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + broken,
    skipped: results.numPendingTests + results.numTodoTests,
  };
}

function choose(args) {
  const list = (name) =>
    args
      .find((arg) => arg.startsWith(`--${name}=`))
      ?.slice(name.length + 3)
      .split(',') ?? null;
  const only = list('only');
  const skip = list('skip') ?? [];
  const unknown = [...(only ?? []), ...skip].find((name) => !STEPS.some((step) => step.name === name));
  if (unknown) throw new Lacking(`There is no step ${unknown}: ${STEPS.map(({ name }) => name).join(', ')}.`);
  return STEPS.filter((step) => (only ? only.includes(step.name) : !(args.includes('--fast') && step.slow)) && !skip.includes(step.name));
}

const seconds = (from) => `${((performance.now() - from) / 1000).toFixed(1)} s`;

await scriptMain(async (args) => {
  endOnSignals();
  const started = performance.now();
  const log = (line) => console.log(line);
  checkMachine();
  const steps = choose(args);
  await ensureInstalled(log);
  mkdirSync(output, { recursive: true });
  const ci = Boolean(process.env.CI);
  const { childEnv } = await import('./lib/run.mjs');
  const env = childEnv({ NO_COLOR: '1', FORCE_COLOR: '0' });

  const fetching = new Map();
  const total = { passed: 0, failed: 0, skipped: 0 };
  const failures = [];
  for (const step of steps) {
    const from = performance.now();
    if (step.needs) console.log(`${step.name.padEnd(10)} …`);
    const problems = [];
    for (const need of step.needs ?? []) {
      // The model is set up by our own bundle, so it waits for the build; the others could start earlier.
      fetching.has(need) || fetching.set(need, fetch(need, log));
      const problem = await fetching.get(need);
      if (problem !== null) problems.push(problem);
    }
    if (problems.length > 0) {
      total[ci ? 'failed' : 'skipped']++;
      if (ci) failures.push(step.name);
      console.log(`${step.name.padEnd(10)} ${ci ? 'FAILED' : 'skipped'}  ${problems.join(' ')}`);
      continue;
    }
    const result = await runStep(step, env);
    for (const key of ['passed', 'failed', 'skipped']) total[key] += result[key];
    const counts = step.kind === 'check' ? '' : `${result.passed} passed, ${result.failed} failed, ${result.skipped} skipped`;
    console.log(`${step.name.padEnd(10)} ${result.failed > 0 ? 'FAILED' : 'ok'}  ${seconds(from).padStart(8)}  ${counts}`);
    if (result.failed > 0) {
      failures.push(step.name);
      console.log(indent(result.said));
    }
    // Downloads go on beside the checks as soon as the build is there.
    if (step.name === 'build') for (const need of new Set(steps.flatMap(({ needs }) => needs ?? []))) fetching.set(need, fetch(need, log));
  }
  console.log(
    failures.length === 0 ? `\nEverything holds (${seconds(started)}).` : `\nFailed: ${failures.join(', ')} (${seconds(started)}).`,
  );
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  process.exit(total.failed === 0 ? 0 : 1);
});

function fetch(need, log) {
  return FETCH[need](log).catch((error) => {
    if (error instanceof Lacking) return error.message;
    return `${need}: ${error.stack ?? error}`;
  });
}

/** A step's output, without what is not for the eye, at most its last 400 lines. */
function indent(text) {
  const lines = text
    .replaceAll(/\u001b\[[0-9;]*[A-Za-z]/g, '')
    .trimEnd()
    .split('\n');
  const dropped = Math.max(0, lines.length - 400);
  return [...(dropped > 0 ? [`(${dropped} lines before)`] : []), ...lines.slice(dropped)].map((line) => `    ${line}`).join('\n');
}
