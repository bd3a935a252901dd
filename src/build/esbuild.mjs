/**
 * Builds everything that ships into dist/.
 *
 *   node src/build/esbuild.mjs [--dev] [--strict] [--only=cli,server,…]
 *
 * --dev     not minified, with source maps
 * --strict  a missing entry, or a warning of the bundler, is an error
 * --only    builds these outputs alone (names as in OUTPUTS, or `webview`, `assets`); `server` and `cli` come together
 */
import { build } from 'esbuild';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * The bundles for Node. `vscode` is external for the editor's two bundles alone: anywhere else an import of it ends the build,
 * which is the last of the four walls around the layers.
 */
export const OUTPUTS = [
  // Eager part of the extension: it loads extension.js when first needed, hence a file of its own and require() instead of import().
  { name: 'main', entry: 'src/extension/main.ts', external: ['vscode', './extension.js'], supported: { 'dynamic-import': false } },
  { name: 'extension', entry: 'src/extension/extension.ts', external: ['vscode'] },
  // Both in one file (HOSTS): the engine, which is most of either, is packaged once. The openai package is loaded when a model is first asked,
  // hence a file of its own.
  { name: 'server', entry: 'src/server/main.ts', external: ['./openaiPackage.js'], together: true },
  { name: 'cli', entry: 'src/cli/main.ts', external: ['./openaiPackage.js'], together: true, executable: true },
  { name: 'openaiPackage', entry: 'src/platform/openai/openaiPackage.ts' },
  { name: 'llamaWorker', entry: 'src/platform/llama/worker.ts' },
  { name: 'codeWorker', entry: 'src/platform/code/worker.ts' },
  { name: 'codeHost', entry: 'src/platform/code/codeHost.ts' },
  { name: 'scanWorker', entry: 'src/platform/scan/worker.ts' },
  // Drivers that only a workspace with such a source loads. pg looks for its own native addition, which is none of ours.
  { name: 'postgres', entry: 'src/platform/postgres/driver.ts', external: ['pg-native'] },
  { name: 'clickhouse', entry: 'src/platform/clickhouse/driver.ts' },
  { name: 'setupModel', entry: 'src/platform/llama/setup.ts' },
];

/** The file of the hosts that are built together; each has a file of its own name beside it that starts it. */
const HOSTS = 'hosts';

export const PAGES = ['feedback', 'evaluation', 'history'];

/** Options of one Node bundle; `base` is the folder that the entry is relative to (the wall tests build in a copy). */
export function nodeOptions(output, { base = root, dev = false } = {}) {
  return {
    absWorkingDir: base,
    entryPoints: { [output.name]: output.entry },
    outdir: 'dist',
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    // The ESM builds of dependencies first: they tree-shake, and UMD wrappers hide their imports from the bundler.
    mainFields: ['module', 'main'],
    external: output.external ?? [],
    ...(output.supported ? { supported: output.supported } : {}),
    define: { 'process.env.NODE_ENV': dev ? '"development"' : '"production"' },
    minify: !dev,
    // Class names are part of what a user sees in an error's stack; they cost little.
    keepNames: true,
    sourcemap: dev,
    legalComments: 'none',
    metafile: true,
    logLevel: 'silent',
  };
}

/** Options of the file with several hosts, each of which is evaluated when it is asked for. */
export function hostsOptions(outputs, { base = root, dev = false } = {}) {
  const options = nodeOptions({ name: HOSTS, entry: '', external: outputs[0].external }, { base, dev });
  delete options.entryPoints;
  const contents = outputs.map(({ name, entry }) => `export const ${name} = () => import('./${entry}');`).join('\n');
  return { ...options, outdir: undefined, outfile: `dist/${HOSTS}.js`, stdin: { contents, resolveDir: base, sourcefile: `${HOSTS}.js` } };
}

function writeStarters(outputs) {
  for (const { name, executable } of outputs) {
    const path = join(root, `dist/${name}.js`);
    writeFileSync(path, `${executable ? '#!/usr/bin/env node\n' : ''}'use strict';\nrequire('./${HOSTS}.js').${name}();\n`);
    rmSync(`${path}.map`, { force: true });
    if (executable) chmodSync(path, 0o755);
  }
}

function webviewOptions(pages, dev) {
  return {
    absWorkingDir: root,
    entryPoints: Object.fromEntries(pages.map((page) => [page, `src/webview/${page}/main.ts`])),
    outdir: 'dist/webview',
    bundle: true,
    platform: 'browser',
    format: 'iife',
    target: ['chrome128'],
    define: { 'process.env.NODE_ENV': '"production"' },
    loader: { '.ttf': 'file', '.svg': 'dataurl' },
    tsconfig: 'src/webview/tsconfig.json',
    minify: !dev,
    sourcemap: dev,
    legalComments: 'none',
    metafile: true,
    logLevel: 'silent',
  };
}

/** The codicon font, the pages' own style sheets (`<page>/<any>.css` not imported by a script), and the sample workspace. */
function copyAssets() {
  const out = join(root, 'dist/webview');
  mkdirSync(out, { recursive: true });
  const codicons = join(root, 'node_modules/@vscode/codicons/dist');
  for (const file of ['codicon.css', 'codicon.ttf']) cpSync(join(codicons, file), join(out, file));
  const webview = join(root, 'src/webview');
  for (const file of existsSync(webview) ? readdirSync(webview, { recursive: true }) : []) {
    if (!String(file).endsWith('.css')) continue;
    const parts = String(file).split(/[\\/]/);
    const name = parts.at(-1) === 'main.css' && parts.length > 1 ? `${parts.at(-2)}.css` : parts.at(-1);
    cpSync(join(webview, String(file)), join(out, String(name)));
  }
  // Python of suites is run by Python.
  cpSync(join(root, 'src/platform/code/codeHost.py'), join(root, 'dist/codeHost.py'));
  const sample = join(root, 'src/cli/sample');
  rmSync(join(root, 'dist/sample'), { recursive: true, force: true });
  if (!existsSync(sample)) return false;
  cpSync(sample, join(root, 'dist/sample'), { recursive: true });
  return true;
}

function kib(bytes) {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}

async function main(args) {
  const dev = args.includes('--dev');
  const strict = args.includes('--strict');
  const only =
    args
      .find((arg) => arg.startsWith('--only='))
      ?.slice('--only='.length)
      .split(',') ?? null;
  const unknown = args.find((arg) => arg !== '--dev' && arg !== '--strict' && !arg.startsWith('--only='));
  if (unknown) throw new Error(`Unknown option ${unknown}. Known: --dev, --strict, --only=name,…`);
  const wanted = (name) => only === null || only.includes(name);

  const missing = [];
  const jobs = [];
  const hosts = OUTPUTS.filter(({ together }) => together);
  const hosted = hosts.some(({ name }) => wanted(name));
  missing.push(...hosts.map(({ entry }) => entry).filter((entry) => hosted && !existsSync(join(root, entry))));
  if (hosted && missing.length === 0) jobs.push({ name: HOSTS, options: hostsOptions(hosts, { dev }) });
  for (const output of OUTPUTS.filter(({ name, together }) => !together && wanted(name))) {
    if (!existsSync(join(root, output.entry))) missing.push(output.entry);
    else jobs.push({ name: output.name, options: nodeOptions(output, { dev }) });
  }
  if (wanted('webview')) {
    const pages = PAGES.filter((page) => existsSync(join(root, `src/webview/${page}/main.ts`)));
    missing.push(...PAGES.filter((page) => !pages.includes(page)).map((page) => `src/webview/${page}/main.ts`));
    if (pages.length > 0) jobs.push({ name: 'webview', options: webviewOptions(pages, dev) });
  }

  const results = await Promise.allSettled(jobs.map(async (job) => ({ job, result: await build(job.options) })));
  const metaFile = join(root, 'dist/meta.json');
  const meta = only !== null && existsSync(metaFile) ? JSON.parse(readFileSync(metaFile, 'utf8')) : { inputs: {}, outputs: {} };
  let failed = false;
  for (const [index, settled] of results.entries()) {
    if (settled.status === 'rejected') {
      failed = true;
      console.error(`build: ${jobs[index].name} failed`);
      for (const error of settled.reason.errors ?? [{ text: String(settled.reason) }]) {
        const at = error.location ? `${error.location.file}:${error.location.line}: ` : '';
        console.error(`  ${at}${error.text}`);
      }
      continue;
    }
    const { result } = settled.value;
    for (const warning of result.warnings) {
      console.error(`build: ${warning.location?.file ?? ''}:${warning.location?.line ?? ''}: ${warning.text}`);
      failed ||= strict;
    }
    Object.assign(meta.inputs, result.metafile.inputs);
    Object.assign(meta.outputs, result.metafile.outputs);
    for (const [file, { bytes }] of Object.entries(result.metafile.outputs)) {
      if (!file.endsWith('.map')) console.log(`build: ${file.padEnd(28)} ${kib(bytes).padStart(12)}`);
    }
  }
  if (hosted && existsSync(join(root, `dist/${HOSTS}.js`))) writeStarters(hosts);
  if (wanted('assets') && !copyAssets()) missing.push('src/cli/sample');
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(metaFile, JSON.stringify(meta));

  for (const entry of missing) console.error(`build: ${strict ? 'error' : 'warning'}: ${entry} is not there; skipped`);
  if (failed || (strict && missing.length > 0)) process.exitCode = 1;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main(process.argv.slice(2));
