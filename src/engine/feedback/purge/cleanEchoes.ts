/** What is derived from feedback and quotes a purged person: removed where it can be made again, named where it is under version control. */
import type { EngineContext } from '../../api.js';
import { basename, join, relative } from '../../paths.js';
import { segmentTools } from '../segments/upkeep.js';
import { findSourceFiles } from '../sourceFiles.js';
import { Echoes } from './echoes.js';
import type { Person } from './person.js';
import { filesBelow } from './rewrite.js';

/** What the purge itself looks after, and what holds no words. */
const ownBusiness = /^\.ratchet\/\.local\/(?:segments\/|feedback\.sqlite|purged\.json$|pseudonym\.key$|.*\.lock\/)/;
const sqlite = /\.sqlite(?:-wal|-shm)?$/;

/** Returns what was done, in sentences. */
export async function cleanEchoes(context: EngineContext, person: Person, user: string, dryRun: boolean): Promise<string[]> {
  const { fs } = context.ports;
  const { root } = context;
  const echoes = new Echoes(person.texts);
  // The id itself, where it is long enough to be somebody's and stands alone.
  const id = user.length >= 4 ? JSON.stringify(user) : null;
  const notes: string[] = [];
  const removed = new Set<string>();
  for (const path of await filesBelow(segmentTools(context), join(root, '.ratchet'))) {
    const name = relative(root, path);
    if (ownBusiness.test(name) || !(await quotes(context, path, echoes, id))) continue;
    if (!name.startsWith('.ratchet/.local/')) {
      notes.push(
        `${name} quotes that person and is under version control, so it was not changed. Edit it, and its history where that matters.`,
      );
      continue;
    }
    removed.add(sqlite.test(name) ? name.replace(/-(?:wal|shm)$/, '') : name);
  }
  for (const name of removed) {
    for (const suffix of sqlite.test(name) ? ['', '-wal', '-shm'] : ['']) if (!dryRun) await fs.remove(join(root, name) + suffix);
    notes.push(`${what(name)} quoted that person and ${dryRun ? 'would be' : 'was'} removed.`);
  }
  for (const path of await suites(context)) {
    if (await quotes(context, path, echoes, id))
      notes.push(`${relative(root, path)} has cases that quote that person; it is yours, so it was not changed.`);
  }
  return notes;
}

/** Feedback that somebody added as a case lies in a suite. */
async function suites({ root, ports }: EngineContext): Promise<string[]> {
  const patterns = ['**/*.eval.yaml', '**/*.eval.yml', '**/promptfooconfig.{yaml,yml,json}'];
  return (await Promise.all(patterns.map((pattern) => findSourceFiles(ports.fs, root, pattern)))).flat();
}

function what(name: string): string {
  if (name.endsWith('cache.sqlite')) return 'The cache of model answers';
  if (name.includes('/suggestions/')) return `The suggestion ${basename(name).replace(/\.json$/, '')}`;
  if (name.includes('/runs/')) return `The journal of run ${basename(name).replace(/\.jsonl?$/, '')}`;
  return name;
}

/** In pieces that overlap, so that a file of any size can be searched. */
async function quotes(context: EngineContext, path: string, echoes: Echoes, id: string | null): Promise<boolean> {
  if (echoes.isEmpty && id === null) return false;
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  for await (const chunk of context.ports.fs.stream(path)) {
    const text = rest + decoder.decode(chunk, { stream: true });
    if (echoes.in(text) || (id !== null && text.includes(id))) return true;
    rest = text.slice(-overlap);
  }
  return false;
}

const overlap = 2000;
