/**
 * Holds the sizes of what ships to their budgets. Raise one only with a reason in its line.
 *
 *   node src/build/checkBudgets.mjs
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/run.mjs';

const KIB = 1024;
const MIB = 1024 * KIB;

/** What a file may weigh, and why. */
const BUDGETS = [
  { file: 'dist/main.js', limit: 50 * KIB, why: 'the eager part: every window with a prompt pays for it' },
  { file: 'dist/extension.js', limit: 600 * KIB, why: 'the language client alone is 235 KiB of it' },
  {
    file: 'dist/hosts.js',
    limit: 2 * MIB,
    why: 'engine, adapters of feedback, three template languages and a reader of HTML, once for the language server and the command line',
  },
  { file: 'dist/openaiPackage.js', limit: 500 * KIB, why: 'the openai package, loaded when a model is first asked' },
  { file: 'dist/postgres.js', limit: 150 * KIB, why: 'the pg package, loaded for such a source only' },
  { file: 'dist/clickhouse.js', limit: 150 * KIB, why: 'the @clickhouse/client package, loaded for such a source only' },
  { file: 'dist/webview/feedback.js', limit: 300 * KIB, why: 'Lit and our elements' },
  { file: 'dist/webview/evaluation.js', limit: 300 * KIB, why: 'Lit and our elements' },
  { file: 'dist/webview/history.js', limit: 350 * KIB, why: 'Lit, our elements and the chart' },
  { file: 'dist/prompt-ratchet.vsix', limit: 2 * MIB, why: 'what a person downloads' },
];

let over = 0;
for (const { file, limit, why } of BUDGETS) {
  const path = join(root, file);
  if (!existsSync(path)) {
    console.error(`budget: ${file} is not there`);
    over++;
    continue;
  }
  const { size } = statSync(path);
  const line = `${file.padEnd(28)} ${(size / KIB).toFixed(1).padStart(8)} of ${(limit / KIB).toFixed(0).padStart(5)} KiB  (${why})`;
  if (size > limit) {
    over++;
    console.error(`budget: OVER  ${line}`);
    for (const [input, bytes] of heaviest(file)) console.error(`          ${(bytes / KIB).toFixed(1).padStart(8)} KiB  ${input}`);
  } else console.log(`budget: ok    ${line}`);
}
const total = readdirSync(join(root, 'dist')).filter((file) => file.endsWith('.js')).length;
console.log(over === 0 ? `budget: ${BUDGETS.length} hold, ${total} bundles` : `budget: ${over} of ${BUDGETS.length} do not hold`);
process.exitCode = over === 0 ? 0 : 1;

/** The packages that weigh most in a bundle, from the build's metafile. */
function heaviest(file) {
  const meta = JSON.parse(readFileSync(join(root, 'dist/meta.json'), 'utf8'));
  const packages = new Map();
  for (const [input, { bytesInOutput }] of Object.entries(meta.outputs[file]?.inputs ?? {})) {
    const name = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? input.split('/').slice(0, 3).join('/');
    packages.set(name, (packages.get(name) ?? 0) + bytesInOutput);
  }
  return [...packages].sort((a, b) => b[1] - a[1]).slice(0, 12);
}
