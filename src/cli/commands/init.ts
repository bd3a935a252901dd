import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { InitDocument } from '../../shared/documents.js';
import type { CliContext } from '../context.js';
import { defaultConfig } from '../defaultConfig.js';
import { shiftSampleTimes } from '../sampleTimes.js';
import { count } from '../writers/human.js';

interface Options {
  sample?: boolean;
  dryRun?: boolean;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('init')
    .description('set up a workspace: .ratchet/ with its configuration; never overwrites a file')
    .option('--sample', 'write the sample workspace: prompts, suites and a feedback log to try things on')
    .option('--dry-run', 'say what would be written, and write nothing')
    .action(async (options: Options) => {
      const { ratchetFolderFiles } = await import('../../engine/versions/folder.js');
      const files = options.sample === true ? await sampleFiles(context.distDir) : [{ path: '.ratchet/config.yaml', text: defaultConfig }];
      const present = new Set(files.map((file) => file.path));
      files.push(...ratchetFolderFiles.filter((file) => !present.has(file.path)));
      const engine = await context.engine();
      const document = await engine.init({ dryRun: options.dryRun === true, files });
      context.emit(document, () => human(document, context));
      if (options.dryRun === true) return;
      context.note(
        options.sample === true
          ? 'Next: ratchet pull, then ratchet score.'
          : 'Next: name your feedback log under sources in .ratchet/config.yaml, then ratchet pull.',
      );
    });
}

function human(document: InitDocument, context: CliContext): string {
  const verb = document.dryRun ? 'would write' : 'wrote';
  return [
    ...document.created.map((path) => `${context.style('green', verb)} ${path}`),
    ...document.kept.map((path) => `${context.style('dim', 'kept')} ${path}`),
    `${count(document.created.length, 'file')} ${document.dryRun ? 'to write' : 'written'}, ${count(document.kept.length, 'file')} kept as they were.`,
  ].join('\n');
}

/** The build copies the sample beside the bundle. Its month of feedback ends today, so that a trend has something to say. */
async function sampleFiles(distDir: string): Promise<{ path: string; text: string }[]> {
  const folder = join(distDir, 'sample');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = await Promise.all(
    paths.sort().map(async (path) => ({
      path: path.slice(folder.length + 1).replaceAll('\\', '/'),
      text: await readFile(path, 'utf8'),
    })),
  );
  return shiftSampleTimes(files, new Date());
}
