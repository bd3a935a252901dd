/**
 * The command line as an npm package, from what the build left in dist/: dist-npm/ with a manifest of its own, and the tarball beside it.
 * Everything is bundled, so it has no dependencies.
 *
 *   node src/build/packCli.mjs
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Lacking, root, scriptMain } from './lib/run.mjs';

/** What the command line starts or loads; `server.js` is `ratchet lsp`. */
export const CLI_FILES = [
  'cli.js',
  'hosts.js',
  'server.js',
  'openaiPackage.js',
  'codeWorker.js',
  'codeHost.js',
  'codeHost.py',
  'scanWorker.js',
  'llamaWorker.js',
  'postgres.js',
  'clickhouse.js',
];

const readme = (version) => `# ratchet

The command line of Prompt Ratchet ${version}: offline evaluation of prompts in promptfoo's format with honest comparisons, scores of user feedback with
their uncertainty, and edits that have to prove themselves. Everything runs on your own files; there is no account and no server.

\`\`\`
npx ratchet init --sample     # a small workspace to look at
npx ratchet eval              # runs its suites
npx ratchet eval --baseline main --junit junit.xml --out summary.md
npx ratchet --help
\`\`\`

Needs Node 22.13 or newer. Exit codes: 0 done and holds, 1 what was checked does not hold, 2 bad usage or a fault of the surroundings, 130 stopped.
`;

/** Writes the folder `into` and returns the tarball's path. */
export function packCli({ dist = join(root, 'dist'), into = join(root, 'dist-npm') } = {}) {
  const missing = [...CLI_FILES, 'sample'].find((file) => !existsSync(join(dist, file)));
  if (missing !== undefined) throw new Lacking(`dist/${missing} is not there: run 'npm run build' first.`);
  const { version, license, keywords } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  rmSync(into, { recursive: true, force: true });
  mkdirSync(join(into, 'dist'), { recursive: true });
  for (const file of CLI_FILES) cpSync(join(dist, file), join(into, 'dist', file));
  cpSync(join(dist, 'sample'), join(into, 'dist/sample'), { recursive: true });
  cpSync(join(root, 'LICENSE'), join(into, 'LICENSE'));
  writeFileSync(join(into, 'README.md'), readme(version));
  const manifest = {
    name: 'prompt-ratchet',
    version,
    description: 'Evaluates prompts, scores their feedback, and proves edits: the command line of Prompt Ratchet.',
    license,
    keywords,
    bin: { ratchet: 'dist/cli.js' },
    engines: { node: '>=22.13' },
    files: ['dist'],
  };
  writeFileSync(join(into, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  const shell = process.platform === 'win32';
  const said = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--offline'], {
    cwd: into,
    encoding: 'utf8',
    shell,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [packed] = JSON.parse(said);
  return join(into, packed.filename);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await scriptMain(async () => {
    const tarball = packCli();
    console.log(`package: ${tarball.slice(root.length + 1)}, ${(statSync(tarball).size / 1024).toFixed(0)} KiB`);
  });
}
