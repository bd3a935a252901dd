import { createWriteStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { InvalidArgumentError, type Command } from 'commander';
import type { Engine } from '../../engine/api.js';
import { EngineError } from '../../engine/errors.js';
import type { EvalProgress, EvalRequest } from '../../engine/evaluation/types.js';
import type { EvalDocument, SuiteReport } from '../../shared/evalDocument.js';
import type { CliContext } from '../context.js';
import { exitCodes } from '../exitCodes.js';
import { fraction, integer } from '../options.js';
import { evalJson, wholeDocument } from '../writers/evalJson.js';
import { evalText } from '../writers/evalText.js';
import { count } from '../writers/human.js';
import { toJunit } from '../writers/junit.js';

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
      '--baseline <version|file>',
      'compare with a version (v1), run side by side, or with an earlier eval document; exit 1 where it is worse',
    )
    .option('--bless', 'keep the result as the baseline under .ratchet/baselines')
    .option('--out <file>', 'write the eval document there as well')
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
    ...(resume === undefined ? {} : { resume }),
    ...(baseline === undefined ? {} : baselineOf(baseline)),
  };
}

function baselineOf(baseline: string): Pick<EvalRequest, 'baseline' | 'baselineReport'> {
  if (/^v\d+$/.test(baseline)) return { baseline };
  let document: Partial<EvalDocument> | null;
  try {
    document = JSON.parse(readFileSync(baseline, 'utf8')) as Partial<EvalDocument> | null;
  } catch (error) {
    throw new EngineError(
      'BAD_USAGE',
      `The baseline ${baseline} can be read neither as a version (v1) nor as a file with an eval document.`,
      {},
      error,
    );
  }
  if (document?.schema !== 'promptratchet.eval/1' || !Array.isArray(document.suites)) {
    throw new EngineError('BAD_USAGE', `${baseline} is no eval document. Write one with ratchet eval --out.`);
  }
  return { baselineReport: { ref: baseline, document: document as EvalDocument } };
}

async function dryRun(engine: Engine, request: EvalRequest, context: CliContext): Promise<void> {
  const plan = await engine.evaluation.plan(request);
  context.emit({ schema: 'promptratchet.eval-plan/1', ...plan }, () => {
    const lines = plan.suites.map(
      ({ suite, cases, columns, requests }) =>
        `${suite}: ${count(cases, 'case')}, ${count(columns, 'column')}, ${count(requests, 'request')}`,
    );
    return [...lines, `${count(plan.requests, 'request')} in all. Nothing was asked.`].join('\n');
  });
}

async function run(engine: Engine, request: EvalRequest, options: Options, context: CliContext): Promise<void> {
  const onRun = (id: string): void => {
    context.note(`Run ${id}. Should it be interrupted, finish it with: ratchet eval --resume ${id}`);
  };
  const stored = await engine.evaluation.runStored(request, { onRun, onProgress: progressLine(context) }, context.signal);
  const { document } = stored;
  context.progress('');
  if (options.out !== undefined) await writeAll(options.out, evalJson(stored));
  if (options.junit !== undefined) write(options.junit, toJunit(await wholeDocument(stored)));
  if (context.json) await context.outAll(evalJson(stored));
  else context.out(evalText(document, context));
  if (!document.complete) {
    context.note(`Stopped. Finish it with: ratchet eval --resume ${document.run}`);
    return;
  }
  for (const report of document.suites) judge(report, options, context);
}

/** At most ten times a second: a terminal is slower than the cache. */
function progressLine(context: CliContext): (progress: EvalProgress) => void {
  let last = 0;
  return ({ suite, done, total, failed, errored, waiting }) => {
    const now = performance.now();
    if (now - last < 100 && done < total && waiting === undefined) return;
    last = now;
    const why = waiting === undefined ? '' : `; ${waiting}`;
    context.progress(`${suite}: ${String(done)} of ${String(total)}, ${String(failed)} failed, ${String(errored)} errors${why}`);
  };
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

/** Errors are no result, and a suite of which a part could not be read is no whole one, so they end in 2; failures (or a pass rate under the threshold, or a worse baseline) in 1. */
function judge(report: SuiteReport, options: Options, context: CliContext): void {
  const { stats, passRate, baseline } = report;
  if (stats.errored > 0 || passRate === null) context.exit(exitCodes.fault);
  const broken = report.health.find(({ severity }) => severity === 'error');
  if (broken !== undefined) {
    context.exit(exitCodes.fault);
    const place = broken.line === undefined ? (broken.file ?? report.suite) : `${broken.file ?? report.suite}:${String(broken.line)}`;
    if (context.json) context.note(`${place}: ${broken.message}`);
  }
  if (baseline?.verdict === 'worse') context.exit(exitCodes.fails);
  if (options.threshold === undefined) {
    if (stats.failed > 0) context.exit(exitCodes.fails);
    return;
  }
  if (passRate === null || passRate[options.thresholdOn] >= options.threshold) return;
  const what = options.thresholdOn === 'lo' ? "lower end of the pass rate's interval" : 'pass rate';
  context.err(
    `${report.suite}: the ${what} is ${passRate[options.thresholdOn].toFixed(2)} (mean ${passRate.mean.toFixed(2)}), under the threshold of ${String(options.threshold)}.`,
  );
  context.exit(exitCodes.fails);
}
