/**
 * Who was purged: `.ratchet/.local/purged.json`, by pseudonym, with the random name that stands in their place. A record of such a
 * person that arrives again is taken in without its words.
 */
import { EngineError } from '../../errors.js';
import { join } from '../../paths.js';
import type { FileSystem } from '../../ports.js';
import type { Pseudonyms } from '../identity.js';
import { isObject } from '../values.js';

const file = '.ratchet/.local/purged.json';
const schema = 'promptratchet.purged/1';

/** A person, or a conversation of such a person. */
export interface PurgedUser {
  /** What the raw id becomes under the workspace's key. */
  pseudonym: string;
  name: string;
  time: string;
}

export interface Purged {
  users: PurgedUser[];
  /** Ids of the answers that these people were given: feedback about one, without a name, is withheld too. */
  answers: string[];
}

/** Throws IO_FAILED where the file is damaged: without it, words that had to go would come back. */
export async function readPurged(fs: FileSystem, root: string): Promise<Purged> {
  const path = join(root, file);
  if ((await fs.stat(path)) === null) return { users: [], answers: [] };
  const purged = parse(await fs.read(path));
  if (purged === null) {
    throw new EngineError(
      'IO_FAILED',
      `${file} cannot be read, so it is not known whose words must not come back. Restore it, or delete it.`,
      {
        path,
      },
    );
  }
  return purged;
}

function parse(text: string): Purged | null {
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value) || value['schema'] !== schema || !Array.isArray(value['users'])) return null;
    const users = value['users'].filter(isObject);
    const answers = Array.isArray(value['answers']) ? value['answers'] : [];
    return {
      users: users.map(({ pseudonym, name, time }) => {
        if (typeof pseudonym !== 'string' || typeof name !== 'string') throw new SyntaxError();
        return { pseudonym, name, time: String(time) };
      }),
      answers: answers.filter((id) => typeof id === 'string'),
    };
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

export async function writePurged(fs: FileSystem, root: string, purged: Purged): Promise<void> {
  await fs.write(join(root, file), `${JSON.stringify({ schema, ...purged }, null, 2)}\n`);
}

export function withhold(pseudonyms: Pseudonyms, { users, answers }: Purged): void {
  pseudonyms.setPurged(new Map(users.map(({ pseudonym, name }) => [pseudonym, name])), new Set(answers));
}

/** Tells `pseudonyms` who was purged; for a process that runs long, again and again: it looks at the file's time first. */
export class PurgedWatch {
  private seen = '';

  constructor(
    private readonly fs: FileSystem,
    private readonly root: string,
    private readonly pseudonyms: Pseudonyms,
  ) {}

  /** True where it is not what it was. */
  async refresh(): Promise<boolean> {
    const stat = await this.fs.stat(join(this.root, file));
    const now = stat === null ? '' : `${String(stat.mtimeMs)} ${String(stat.size)}`;
    if (now === this.seen) return false;
    withhold(this.pseudonyms, await readPurged(this.fs, this.root));
    this.seen = now;
    return true;
    return true;
  }
}
