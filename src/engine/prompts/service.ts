import { mapLimit } from '../../shared/async.js';
import type { ConfigService, EngineContext, PromptService } from '../api.js';
import type { Problem } from '../config/types.js';
import { nearest } from '../config/nearest.js';
import { EngineError } from '../errors.js';
import { isAbsolute, isInside, join, normalise, relative } from '../paths.js';
import { discoverPrompts } from './discover.js';
import { hasPromptExtension, maxPromptChars, parsePrompt, unreadable, withProblems } from './parse.js';
import { renderPrompt } from './render/render.js';
import type { PromptDocument } from './types.js';

interface Cached {
  size: number;
  mtimeMs: number;
  document: PromptDocument;
}

/** UTF-8 takes at most three bytes for a UTF-16 unit. */
const maxPromptBytes = 3 * maxPromptChars;

function unreadableBecause(file: string, error: EngineError): PromptDocument {
  if (error.details['reason'] === 'too-large') {
    const message = `The prompt has ${String(error.details['size'])} bytes, over the limit of ${String(maxPromptBytes)}. Make it shorter.`;
    return unreadable(file, 'PROMPT_TOO_LARGE', message);
  }
  return unreadable(file, 'PROMPT_UNREADABLE', error.message);
}

/** Both files with the same id get a problem: which one is meant cannot be known. */
function markDuplicates(documents: readonly PromptDocument[]): PromptDocument[] {
  const byId = new Map<string, string[]>();
  for (const { id, file } of documents) byId.set(id, [...(byId.get(id) ?? []).slice(0, 4), file]);
  return documents.map((document) => {
    const others = (byId.get(document.id) ?? []).filter((file) => file !== document.file);
    if (others.length === 0) return document;
    const message = `The id ${document.id} is also that of ${others.slice(0, 3).join(', ')}. Give each prompt a name of its own.`;
    const problem: Problem = { severity: 'error', code: 'PROMPT_ID_DUPLICATE', message, file: document.file, range: null };
    return withProblems(document, [problem]);
  });
}

class WorkspacePrompts implements PromptService {
  private readonly cache = new Map<string, Cached>();
  /** From the last listing: makes `get` by id cheap. */
  private files = new Map<string, string>();

  constructor(
    private readonly context: EngineContext,
    private readonly config: ConfigService,
  ) {}

  async list(): Promise<PromptDocument[]> {
    const { fs } = this.context.ports;
    const { config } = await this.config.load();
    const files = await discoverPrompts(fs, this.context.root, config.prompts);
    const read = await mapLimit(files, 16, (file) => this.load(file));
    const documents = markDuplicates(read.filter((document) => document !== null));
    this.files = new Map(documents.map((document) => [document.id, document.file]));
    const known = new Set(files);
    for (const file of this.cache.keys()) if (!known.has(file)) this.cache.delete(file);
    return documents.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.file < b.file ? -1 : 1));
  }

  async get(idOrFile: string): Promise<PromptDocument> {
    const file = this.files.get(idOrFile);
    const quick = file === undefined ? null : await this.load(file);
    if (quick?.id === idOrFile) return quick;
    const documents = await this.list();
    const path = this.workspacePath(idOrFile);
    const found = documents.find((document) => document.id === idOrFile) ?? documents.find((document) => document.file === path);
    if (found !== undefined) return found;
    const other = await this.otherFile(path);
    if (other !== null) return other;
    const near = nearest(
      idOrFile,
      documents.map((document) => document.id),
    );
    const next =
      near.length > 0
        ? `Did you mean ${near.join(' or ')}?`
        : documents.length > 0
          ? `There is ${documents
              .slice(0, 3)
              .map((document) => document.id)
              .join(', ')}.`
          : 'There are no prompts in this workspace yet.';
    throw new EngineError('PROMPT_NOT_FOUND', `There is no prompt "${idOrFile}". ${next}`, { prompt: idOrFile, nearest: near });
  }

  parse(file: string, text: string): PromptDocument {
    return parsePrompt(file, text);
  }

  isPromptFile(file: string): boolean {
    return hasPromptExtension(file) || this.cache.has(normalise(file));
  }

  render(document: PromptDocument, vars: Record<string, unknown>): ReturnType<PromptService['render']> {
    return renderPrompt(document, vars);
  }

  invalidate(files?: string[]): void {
    if (files === undefined) this.cache.clear();
    else for (const file of files) this.cache.delete(this.workspacePath(file));
  }

  private workspacePath(path: string): string {
    return isAbsolute(path) && isInside(path, this.context.root) ? relative(this.context.root, path) : normalise(path);
  }

  /** A file that a suite names although it is no prompt file by its name (`.txt`, `.md`). */
  private async otherFile(path: string): Promise<PromptDocument | null> {
    const { fs } = this.context.ports;
    const absolute = join(this.context.root, path);
    const stat = await fs.stat(absolute);
    if (stat === null || stat.isDirectory) return null;
    if (!isInside(await fs.realpath(absolute), await fs.realpath(this.context.root))) {
      throw new EngineError('OUTSIDE_WORKSPACE', `${path} is outside the workspace. Use a file inside it.`, { path });
    }
    return await this.load(path);
  }

  /** `null` where the file has gone. */
  private async load(file: string): Promise<PromptDocument | null> {
    const { fs } = this.context.ports;
    const path = join(this.context.root, file);
    try {
      const stat = await fs.stat(path);
      if (stat === null || stat.isDirectory) return null;
      const cached = this.cache.get(file);
      if (cached?.size === stat.size && cached.mtimeMs === stat.mtimeMs) return cached.document;
      const document = await this.read(file, path);
      if (document !== null) this.cache.set(file, { size: stat.size, mtimeMs: stat.mtimeMs, document });
      return document;
    } catch (error) {
      if (EngineError.is(error, 'IO_FAILED')) return unreadableBecause(file, error);
      throw error;
    }
  }

  private async read(file: string, path: string): Promise<PromptDocument | null> {
    try {
      return parsePrompt(file, await this.context.ports.fs.read(path, maxPromptBytes));
    } catch (error) {
      if (!EngineError.is(error, 'IO_FAILED')) throw error;
      return error.details['reason'] === 'ENOENT' ? null : unreadableBecause(file, error);
    }
  }
}

/** Prompts of the workspace: found, read (cached by time and size), rendered. */
export function createPromptService(context: EngineContext, services: { config: ConfigService }): PromptService {
  return new WorkspacePrompts(context, services.config);
}
