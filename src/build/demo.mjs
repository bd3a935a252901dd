/**
 * `npm run demo`: the whole loop without a screen, through the built command line on a temporary copy of the sample workspace, each step's result
 * in a line or two. Ends with 1 where a step does not hold.
 *
 *   node src/build/demo.mjs [--keep]
 *
 * --keep   leaves the workspace for looking around in it
 */
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childEnv, endOnSignals, Lacking, node, root, run, scriptMain } from './lib/run.mjs';
import { git, initRepository } from './lib/workspace.mjs';

const cli = join(root, 'dist/cli.js');
const number = (value) => value.toFixed(2);
const estimate = ({ mean, lo, hi }) => `${number(mean)} [${number(lo)}, ${number(hi)}]`;
const signed = (value) => `${value < 0 ? '' : '+'}${number(value)}`;

/** Runs one command with --json; progress goes to our stderr as it comes. Exit code 1 (what was checked does not hold) is the caller's to judge. */
function ratchet(folder, args, allowed = [0]) {
  return new Promise((done, fail) => {
    const child = spawn(node(), [cli, ...args, '--json'], { cwd: folder, env: childEnv(), stdio: ['ignore', 'pipe', 'inherit'] });
    const end = () => child.kill();
    process.once('exit', end);
    let output = '';
    child.stdout.on('data', (data) => (output += data));
    child.on('error', fail);
    child.on('close', (code) => {
      process.off('exit', end);
      if (allowed.includes(code)) done(output.startsWith('{') ? JSON.parse(output) : output);
      else fail(new Lacking(`'ratchet ${args.join(' ')}' ended with ${code}.`));
    });
  });
}

async function loop(folder, say) {
  const init = await ratchet(folder, ['init', '--sample']);
  await initRepository(folder);
  say('init --sample', `${init.created.length} files, committed`);

  const pull = await ratchet(folder, ['pull']);
  for (const { name, interactions, feedback, rejected } of pull.sources) {
    const bad = rejected.reduce((sum, { count }) => sum + count, 0);
    say('pull', `${name}: ${interactions.total} interactions, ${feedback.total} signals, ${bad} lines not read`);
  }

  const score = await ratchet(folder, ['score'], [0, 1]);
  const rows = score.prompts.map(({ prompt, current, versions }) => ({
    prompt,
    current,
    version: versions.find(({ version }) => version === current) ?? versions.at(-1),
  }));
  for (const { prompt, version } of rows) {
    const value = version?.score ? `${estimate(version.score)}, ${version.score.users} users` : 'too little feedback for a score';
    const theme = version?.themes[0] ? `; "${version.themes[0].label}" (${version.themes[0].users} users)` : '';
    say('score', `${prompt} ${version?.version ?? '?'}: ${version?.status ?? 'no feedback'}, ${value}${theme}`);
  }

  const low = rows.find(({ version }) => version?.status === 'low')?.prompt;
  if (!low) throw new Lacking('No prompt is low, so there is nothing to make better.');
  console.log(`eval and suggest ask the local model about ${low}; that takes some minutes…`);
  const evaluation = await ratchet(folder, ['eval', '--prompt', low], [0, 1]);
  for (const { suite, passRate, stats } of evaluation.suites) {
    const errored = stats.errored > 0 ? `, ${stats.errored} could not be run` : '';
    say('eval', `${suite}: ${passRate ? estimate(passRate) : 'no result'}, ${stats.passed} of ${stats.cases} cases passed${errored}`);
  }

  const suggestion = await ratchet(folder, ['suggest', low, '--budget', 'quick'], [0, 1]);
  const { certificate, spent } = suggestion;
  say('suggest', `${low}: ${suggestion.verdict}, ${spent.calls} calls, ${spent.seconds.toFixed(0)} s. ${suggestion.reason}`);
  if (!certificate || suggestion.verdict !== 'certified') throw new Lacking(`There is no certified suggestion for ${low}.`);
  say(
    '',
    `held out: ${signed(certificate.delta)} [${signed(certificate.lo)}, ${signed(certificate.hi)}], p ${certificate.p < 0.001 ? '< 0.001' : `= ${certificate.p.toFixed(3)}`}, ${certificate.heldOut.cases} cases`,
  );
  console.log(
    suggestion.diff
      .split('\n')
      .map((line) => `      ${line}`)
      .join('\n'),
  );

  const accepted = await ratchet(folder, ['accept', suggestion.id, '--yes']);
  say('accept', `${accepted.prompt} ${accepted.version}, commit ${accepted.commit?.slice(0, 10) ?? 'none'}`);
  if ((await git(folder, 'status', '--porcelain', '--', 'prompts')).trim() !== '')
    throw new Lacking('The accepted prompt is not committed.');

  const { prompts } = await ratchet(folder, ['versions', low]);
  for (const { version, why, pointers } of prompts[0].versions)
    say('versions', `${version} ${why}${pointers.length > 0 ? ` (${pointers.join(', ')})` : ''}`);

  const back = accepted.parent ?? 'v1';
  const rolled = await ratchet(folder, ['rollback', low, '--to', back]);
  say('rollback', `to ${back}: written as ${rolled.version}, commit ${rolled.commit?.slice(0, 10) ?? 'none'}`);

  const audit = await ratchet(folder, ['audit', 'verify']);
  say('audit verify', `${audit.status}, ${audit.records} records`);
  console.log((await git(folder, 'log', '--format=      %h %s')).trimEnd());
}

await scriptMain(async (args) => {
  endOnSignals();
  if (!existsSync(cli)) {
    const { code, output } = await run(node(), ['src/build/esbuild.mjs', '--strict'], { capture: true });
    if (code !== 0) throw new Lacking(output);
  }
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'prompt-ratchet-demo-')));
  const started = performance.now();
  let last = started;
  const say = (step, result) => {
    const now = performance.now();
    console.log(`${step.padEnd(14)} ${((now - last) / 1000).toFixed(1).padStart(6)} s  ${result}`);
    last = now;
  };
  try {
    await loop(folder, say);
    console.log(`\nThe whole loop took ${((performance.now() - started) / 1000).toFixed(0)} s.`);
  } finally {
    if (args.includes('--keep')) console.log(`Workspace: ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  }
});
