/** Suggestions on disk: `.ratchet/.local/suggestions/<id>.json`. Private, because edits may carry production text until a person has accepted them. */
import type { SuggestionDocument } from '../../shared/suggestionDocument.js';
import { EngineError } from '../errors.js';
import { join } from '../paths.js';
import type { FileSystem } from '../ports.js';
import { ensureRatchetFolder } from '../versions/folder.js';

export interface StoredSuggestion {
  document: SuggestionDocument;
  candidate: string | null;
  parentText: string;
  state: 'open' | 'accepted' | 'rejected';
  /** Hash of everything that the result follows from; the same question is answered once. */
  key: string;
  candidateSha: string | null;
  summary: string | null;
  note: string | null;
}

const FOLDER = '.ratchet/.local/suggestions';

export class SuggestionStore {
  constructor(
    private readonly fs: FileSystem,
    private readonly root: string,
  ) {}

  /** Throws SUGGESTION_NOT_FOUND. */
  async load(id: string): Promise<StoredSuggestion> {
    const found = await this.find(id);
    if (found !== null) return found;
    throw new EngineError('SUGGESTION_NOT_FOUND', `There is no suggestion ${id.slice(0, 40)}. Run "ratchet suggest <prompt>" to make one.`);
  }

  async find(id: string): Promise<StoredSuggestion | null> {
    // The id becomes a file name.
    if (!/^s-[0-9a-f]{10}$/u.test(id)) return null;
    const path = join(this.root, FOLDER, `${id}.json`);
    if ((await this.fs.stat(path)) === null) return null;
    try {
      const value = JSON.parse(await this.fs.read(path)) as StoredSuggestion;
      return value.document.id === id ? value : null;
    } catch (error) {
      throw new EngineError('IO_FAILED', `${FOLDER}/${id}.json cannot be read. Delete it and run "ratchet suggest" again.`, {}, error);
    }
  }

  async save(value: StoredSuggestion): Promise<void> {
    await ensureRatchetFolder(this.fs, this.root);
    await this.fs.write(join(this.root, FOLDER, `${value.document.id}.json`), `${JSON.stringify(value, null, 2)}\n`);
  }

  /** All of them, by id; one that cannot be read hides no other. */
  async all(): Promise<StoredSuggestion[]> {
    const folder = join(this.root, FOLDER);
    if ((await this.fs.stat(folder)) === null) return [];
    const result: StoredSuggestion[] = [];
    for (const { name } of (await this.fs.list(folder)).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (!name.endsWith('.json')) continue;
      try {
        const found = await this.find(name.slice(0, -'.json'.length));
        if (found !== null) result.push(found);
      } catch (error) {
        if (!EngineError.is(error, 'IO_FAILED')) throw error;
      }
    }
    return result;
  }
}
