import { createWriteStream, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Engine, EvalPlan, StoredRun } from '../../engine/api.js';
import type { EvalProgress, EvalRequest } from '../../engine/evaluation/types.js';
import { baselineOf } from '../baselineFile.js';
import type { CliContext } from '../context.js';
import { judge } from '../evalOutcome.js';
import { fraction, integer } from '../options.js';
import { evalJson, wholeDocument } from '../writers/evalJson.js';
import { evalMarkdown } from '../writers/evalMarkdown.js';
import { evalText, healthLine } from '../writers/evalText.js';
import { count } from '../writers/human.js';
import { toJunit } from '../writers/junit.js';
import { toPromptfoo } from '../writers/promptfooResults.js';

interface Options {
  prompt?: string;
  filter?: string;
  repeat?: number;
  concurrency?: number;
  cache: boolean;
  code: boolean;
  maxCost?: number;
  timeout?: number;
  maxWait?: number;
  threshold?: number;
  thresholdOn: 'mean' | 'lo';
  baseline?: string;
  failOn?: 'worse' | 'regressed';
  maxErrors?: number;
  aa?: boolean;
  bless?: boolean;
  out?: string;
  junit?: string;
  resume?: string;
  dryRun?: boolean;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('eval')
    .description('run evaluation suites; without a name, all of the workspace')
    .argument('[suite...]', 'files of suites')
    .option('--prompt <id>', 'only the suites and columns of this prompt')
    .option('--filter <text>', 'only cases whose description or id has this text, or matches /pattern/')
    .option('--repeat <n>', 'ask every case this often', integer(1, 100))
    .option('--concurrency <n>', 'requests at once (a local model is always asked one by one)', integer(1, 1000))
    .option('--no-cache', 'ask again what was asked before; answers are still kept')
    .option('--no-code', "do not run code of suites: for one that is not your own, such as a stranger's pull request")
    .option('--max-cost <amount>', 'stop asking before the requests cost more than this', amount)
    .option('--timeout <seconds>', 'longest time for one request', integer(1, 3600))
    .option('--threshold <0..1>', 'exit 1 where the pass rate of a suite is under this', fraction)
    .option('--threshold-on <end>', 'what is compared with the threshold: lo (lower end of the interval) or mean', end, 'lo')
    .option(
      '--baseline <version|ref|file>',
      "compare with a version (v1) or a git ref (main: its blessed baseline, else its prompts' texts), or with an earlier result; exit 1 where it is worse",
    )
    .option('--fail-on <what>', 'with a baseline, exit 1 where the suite is worse (default), or where any case regressed', failOn)
    .option('--max-errors <n>', 'exit 2 only where more answers than this ended in errors (default: 0)', integer(0))
    .addOption(
      new Option('--aa', 'run every column twice and say how much two equal things differ here').conflicts(['baseline', 'bless', 'resume']),
    )
    .option('--bless', 'keep the result as the baseline under .ratchet/baselines')
    .option('--out <file>', 'write the result there: .md for people, .promptfoo.json as promptfoo does, else the eval document')
    .option('--junit <file>', 'write JUnit XML there')
    .option('--resume <run>', 'finish an interrupted run: its id, or last')
    .option('--max-wait <seconds>', 'longest time to wait for an endpoint that says that it is too much (default: 600)', integer(1, 86_400))
    .option('--dry-run', 'say what would be asked, and ask nothing')
    .action(async (suites: string[], options: Options) => {
      const engine = await context.engine({
        ...(options.threshold === undefined ? {} : { threshold: options.threshold }),
        code: options.code,
      });
      const request = requestOf(suites, options);
      const { problems } = await engine.config.load();
      for (const { severity, file, message } of problems) if (severity === 'error') context.note(`${file}: ${message}`);
      if (options.dryRun === true) await dryRun(engine, request, context);
      else await run(engine, request, options, context);
    });
}

function amount(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0) || value === Infinity) throw new InvalidArgumentError('It must be an amount such as 0.50.');
  return value;
}

function end(text: string): 'mean' | 'lo' {
  if (text !== 'mean' && text !== 'lo') throw new InvalidArgumentError('It must be lo or mean.');
  return text;
}

function failOn(text: string): 'worse' | 'regressed' {
  if (text !== 'worse' && text !== 'regressed') throw new InvalidArgumentError('It must be worse or regressed.');
  return text;
}

function requestOf(suites: readonly string[], options: Options): EvalRequest {
  const { prompt, filter, repeat, concurrency, maxCost, timeout, maxWait, bless, resume, baseline } = options;
  return {
    // A path as the shell completes it, else one of the workspace.
    suites: suites.map((suite) => (existsSync(suite) ? resolve(suite).replaceAll('\\', '/') : suite)),
    ...(prompt === undefined ? {} : { prompt }),
    ...(filter === undefined ? {} : { filter }),
    ...(repeat === undefined ? {} : { repeat }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(options.cache ? {} : { noCache: true }),
    ...(maxCost === undefined ? {} : { maxCost }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout * 1000 }),
    ...(maxWait === undefined ? {} : { maxWaitMs: maxWait * 1000 }),
    ...(bless === true ? { bless } : {}),
    ...(options.aa === true ? { aa: true } : {}),
    ...(resume === undefined ? {} : { resume }),
    ...(baseline === undefined ? {} : baselineOf(baseline)),
  };
}

async function dryRun(engine: Engine, request: EvalRequest, context: CliContext): Promise<void> {
  const plan = await engine.evaluation.plan(request);
  const found = await engine.evaluation.health(request);
  const suites = plan.suites.map((entry) => ({ ...entry, health: found.find(({ suite }) => suite === entry.suite)?.health ?? [] }));
  context.emit({ schema: 'promptratchet.eval-plan/1', ...plan, suites }, () => {
    const health = suites.flatMap((entry) => entry.health.map((item) => healthLine(item, context)));
    const lines = plan.suites.map(planLine);
    const { tokens, cost } = plan;
    const price = cost === null ? 'cost unknown: a model has no price' : `cost about ${cost.toFixed(4)}`;
    const estimated = plan.requests === 0 ? '' : `, about ${String(tokens.in)} tokens in and ${String(tokens.out)} out, ${price}`;
    return [...lines, ...health, `${count(plan.requests, 'request')} in all${estimated}. Nothing was asked.`].join('\n');
  });
}

function planLine({ suite, cases, columns, repeat, requests, judgeRequests = 0, smallestDifference }: EvalPlan['suites'][number]): string {
  const repeats = repeat === 1 ? '' : `, ${String(repeat)} times`;
  const judges = judgeRequests === 0 ? '' : `, and up to ${String(judgeRequests)} of judges`;
  const shown = smallestDifference === null ? '' : `; a comparison would show a difference of ${smallestDifference.toFixed(2)} or more`;
  return `${suite}: ${count(cases, 'case')}, ${count(columns, 'column')}${repeats}, ${count(requests, 'request')}${judges}${shown}`;
}

async function run(engine: Engine, request: EvalRequest, options: Options, context: CliContext): Promise<void> {
  const onRun = (id: string): void => {
    context.note(`Run ${id}. Should it be interrupted, finish it with: ratchet eval --resume ${id}`);
  };
  const stored = await engine.evaluation.runStored(request, { onRun, onProgress: progressLine(context) }, context.signal);
  const { document } = stored;
  context.progress('');
  if (options.out !== undefined) await writeOut(options.out, stored);
  if (options.junit !== undefined) write(options.junit, toJunit(await wholeDocument(stored)));
  if (context.json) await context.outAll(evalJson(stored));
  else context.out(evalText(document, context));
  if (!document.complete) {
    context.note(`Stopped. Finish it with: ratchet eval --resume ${document.run}`);
    return;
  }
  for (const report of document.suites) judge(report, options, context);
}

/** Without a terminal, so that the log of a CI job shows that it lives. */
const lineEveryMs = 10_000;

/** At most ten times a second: a terminal is slower than the cache. Elsewhere a line now and then. */
function progressLine(context: CliContext): (progress: EvalProgress) => void {
  let last = 0;
  let lastLine = performance.now();
  return ({ suite, done, total, failed, errored, waiting }) => {
    const now = performance.now();
    if (now - last < 100 && done < total && waiting === undefined) return;
    last = now;
    const why = waiting === undefined ? '' : `; ${waiting}`;
    const line = `${suite}: ${String(done)} of ${String(total)}, ${String(failed)} failed, ${String(errored)} errors${why}`;
    if (context.progress(line) || now - lastLine < lineEveryMs) return;
    lastLine = now;
    context.note(line);
  };
}

/** The end of the name says what it is for. */
async function writeOut(file: string, stored: StoredRun): Promise<void> {
  if (/\.md$/iu.test(file)) write(file, evalMarkdown(await wholeDocument(stored)));
  else if (/\.promptfoo\.json$/iu.test(file)) write(file, toPromptfoo(await wholeDocument(stored), new Date()));
  else await writeAll(file, evalJson(stored));
}

/** A report may be larger than the memory. */
async function writeAll(file: string, chunks: AsyncIterable<string>): Promise<void> {
  mkdirSync(dirname(resolve(file)), { recursive: true });
  await pipeline(Readable.from(chunks), createWriteStream(file));
}

function write(file: string, text: string): void {
  mkdirSync(dirname(resolve(file)), { recursive: true });
  writeFileSync(file, text);
}
