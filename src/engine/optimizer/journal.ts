/** Append-only record of a run: enough to go on after an interruption and to come to the identical result. */
import type { FileSystem } from '../ports.js';

export interface JournalStart {
  t: 'start';
  id: string;
  kind: 'suggest' | 'check';
  prompt: string;
  suite: string;
  parentSha: string;
  suiteSha: string;
  seed: number;
  budget: number;
  /** Questions that the held-out set had answered before. */
  position: number;
}

export interface JournalValues {
  t: 'values';
  set: 'dev' | 'heldOut';
  sha: string;
  repeats: number;
  values: Record<string, (number | null)[]>;
  tokensIn: number | null;
  tokensOut: number | null;
  cost: number | null;
  recorded: boolean;
}

export interface JournalReply {
  t: 'reply';
  theme: string;
  text: string;
  finishReason: string | null;
  tokensIn: number | null;
  tokensOut: number | null;
}

export interface JournalNote {
  t: 'note';
  stage: string;
  message: string;
}

export type JournalLine = JournalStart | JournalValues | JournalReply | JournalNote;

export class Journal {
  private constructor(
    private readonly fs: FileSystem,
    private readonly path: string,
    /** Lines of the interrupted run, in order. */
    readonly past: readonly JournalLine[],
  ) {}

  /** `resume` keeps what is there (a torn last line is dropped); otherwise the file starts anew. */
  static async open(fs: FileSystem, path: string, resume: boolean): Promise<Journal> {
    const past = resume ? await readJournal(fs, path) : [];
    await fs.write(path, past.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return new Journal(fs, path, past);
  }

  async append(line: JournalLine): Promise<void> {
    await this.fs.append(this.path, `${JSON.stringify(line)}\n`);
  }
}

/** Lines up to the first that cannot be read; empty where there is no journal. */
export async function readJournal(fs: FileSystem, path: string): Promise<JournalLine[]> {
  if ((await fs.stat(path)) === null) return [];
  const result: JournalLine[] = [];
  for (const text of (await fs.read(path)).split('\n')) {
    if (text === '') continue;
    try {
      result.push(JSON.parse(text) as JournalLine);
    } catch {
      // The process died while it wrote this line; what comes before it holds.
      break;
    }
  }
  return result;
}
