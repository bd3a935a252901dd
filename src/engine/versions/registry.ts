/** `.ratchet/registry.json`: which versions there are and which one is which. Shared under git, so it is text that people review. */
import type { VersionEntry } from '../../shared/versionDocument.js';
import type { EngineContext } from '../api.js';
import { EngineError } from '../errors.js';
import { join } from '../paths.js';
import type { Documents, JsonDocument } from '../ports.js';

export const registryFile = '.ratchet/registry.json';

export type Why = VersionEntry['why'];

/** What the registry keeps of a version; the commit that brought it cannot stand inside that commit. */
export interface RegistryVersion {
  version: string;
  sha256: string;
  parent: string | null;
  time: string;
  author: string | null;
  why: Why;
  /** Workspace paths. */
  file: string;
  evidence: string;
}

export interface RegistryPrompt {
  file: string;
  versions: RegistryVersion[];
  /** `latest`, and later `production` and `staging`. */
  pointers: Record<string, string>;
}

export interface Registry {
  schema: 'promptratchet.registry/1';
  prompts: Record<string, RegistryPrompt>;
  /** What the optimizer keeps on disk, by its own keys. */
  decisions: Record<string, unknown>;
}

/** The document as services use it; each changes only its own part and leaves keys that it does not know. */
export function openRegistry(documents: Documents, root: string): JsonDocument<Registry> {
  const document = documents.open<Registry>(join(root, registryFile), () => ({
    schema: 'promptratchet.registry/1',
    prompts: {},
    decisions: {},
  }));
  return {
    read: async () => checked(await document.read()),
    update: (change) => document.update((data) => change(checked(data))),
  };
}

/** The registry for reading alone, parsed again only where the file has changed: scores ask for it once a prompt. */
export function registryReader(context: EngineContext, document: JsonDocument<Registry>): () => Promise<Registry> {
  const { fs, clock } = context.ports;
  const path = join(context.root, registryFile);
  let cached: { key: string; data: Registry } | null = null;
  return async () => {
    const stat = await fs.stat(path);
    const key = stat === null ? '' : `${String(stat.mtimeMs)} ${String(stat.size)}`;
    if (cached?.key === key) return cached.data;
    const data = await document.read();
    // Two writes within one tick of the file system's clock may look the same.
    const settled = stat !== null && clock.now().getTime() - stat.mtimeMs > 100;
    cached = settled ? { key, data } : null;
    return data;
  };
}

export function findPrompt(registry: Registry, id: string): RegistryPrompt | null {
  // An id may be called `constructor`.
  return Object.hasOwn(registry.prompts, id) ? (registry.prompts[id] ?? null) : null;
}

/** Newest version with this text: after a rollback several have it, and the newest is the one in use. */
export function versionBySha(prompt: RegistryPrompt | null, sha256: string): RegistryVersion | null {
  return prompt?.versions.findLast((each) => each.sha256 === sha256) ?? null;
}

export function latestVersion(prompt: RegistryPrompt | null): RegistryVersion | null {
  const label = prompt?.pointers['latest'];
  return prompt?.versions.find((each) => each.version === label) ?? prompt?.versions.at(-1) ?? null;
}

/** A merge may have left half a registry: that is told, never guessed at. */
function checked(value: Registry): Registry {
  const data = value as Partial<Registry>;
  if (data.schema !== 'promptratchet.registry/1' || !isMap(data.prompts)) {
    throw new EngineError(
      'IO_FAILED',
      `${registryFile} is not a registry of this version of Prompt Ratchet. Restore it from git, or move it away to start a new one.`,
    );
  }
  for (const [id, prompt] of Object.entries(data.prompts as Record<string, Partial<RegistryPrompt> | null>)) {
    if (!isMap(prompt) || !Array.isArray(prompt.versions) || !isMap(prompt.pointers) || typeof prompt.file !== 'string') {
      throw new EngineError('IO_FAILED', `The entry of ${id} in ${registryFile} is damaged. Restore the file from git.`);
    }
  }
  data.decisions ??= {};
  return value;
}

function isMap<T>(value: T | null | undefined): value is T & object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
