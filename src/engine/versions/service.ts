import type { VersionEntry, VersionsDocument } from '../../shared/versionDocument.js';
import type { AuditService, EngineContext, PromptService, VersionService } from '../api.js';
import { EngineError } from '../errors.js';
import { join } from '../paths.js';
import { promptSha256 } from '../prompts/hash.js';
import { unifiedDiff } from './diff.js';
import {
  findPrompt,
  latestVersion,
  openRegistry,
  registryReader,
  versionBySha,
  type RegistryPrompt,
  type RegistryVersion,
} from './registry.js';
import { readSnapshot, rebuildPrompt } from './snapshots.js';
import { createVersionWriter, type Target } from './writer.js';

/** Name of the file as it is now, wherever a version may be named. */
const workingLabel = 'working';

export function createVersionService(
  context: EngineContext,
  { prompts, audit }: { prompts: PromptService; audit: AuditService },
): VersionService {
  const { root } = context;
  const { fs, documents } = context.ports;
  const registry = openRegistry(documents, root);
  const commits = documents.open<Record<string, string>>(join(root, '.ratchet/.local/commits.json'), () => ({}));
  const readRegistry = registryReader(context, registry);
  const writer = createVersionWriter(context, { registry, commits, prompts, audit });

  const textOf = async (target: Target, label: string): Promise<string> => {
    if (label === workingLabel) {
      if (target.text !== null) return target.text;
      throw new EngineError('IO_FAILED', `${target.file} is gone. Restore it, or roll back to a version.`);
    }
    return readSnapshot(fs, root, named(target, label));
  };

  const list = async (prompt?: string): Promise<VersionsDocument> => {
    const hashes = await commits.read();
    const found = prompt === undefined ? await everyPrompt() : [await writer.find(prompt)];
    return {
      schema: 'promptratchet.versions/1',
      prompts: found.map((target) => ({
        prompt: target.id,
        file: target.file,
        working: target.text === null ? null : (versionBySha(target.known, promptSha256(target.text))?.version ?? null),
        versions: (target.known?.versions ?? []).map((each) => entryOf(each, target.known, hashes[`${target.id}@${each.version}`])),
      })),
    };
  };

  /** Those that have a file, and those that only have versions; sorted by id. */
  const everyPrompt = async (): Promise<Target[]> => {
    const [data, there] = await Promise.all([readRegistry(), prompts.list()]);
    const targets = new Map<string, Target>();
    for (const { id, file, text } of there) {
      if (targets.has(id)) continue;
      targets.set(id, { id, file, text, known: findPrompt(data, id) ?? (await rebuildPrompt(fs, root, id, file)) });
    }
    for (const [id, known] of Object.entries(data.prompts)) {
      if (!targets.has(id)) targets.set(id, { id, file: known.file, text: null, known });
    }
    return [...targets.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  };

  return {
    list,
    content: async (prompt, version) => textOf(await writer.find(prompt), version),
    snapshot: async (prompt) => {
      const { version, sha256 } = await writer.keep(prompt);
      return { version, sha256 };
    },
    create: (version) => writer.create(version),
    rollback: async (prompt, to, options) => {
      const target = await writer.find(prompt);
      const old = named(target, to);
      const text = await readSnapshot(fs, root, old);
      if (target.text !== null && promptSha256(target.text) === old.sha256 && latestVersion(target.known)?.sha256 === old.sha256) {
        throw new EngineError('BAD_USAGE', `${target.id} already has the text of ${old.version}; there is nothing to roll back.`);
      }
      return writer.create({
        prompt,
        text: target.text === null ? text : withStyleOf(text, target.text),
        why: 'rollback',
        evidence: { rollback: { to: old.version, sha256: old.sha256 } },
        commit: options.commit,
        message: `Roll ${target.id} back to ${old.version}`,
      });
    },
    diff: async (prompt, from, to) => {
      const target = await writer.find(prompt);
      return unifiedDiff(target.file, await textOf(target, from), await textOf(target, to), { before: from, after: to });
    },
    bySha256: async () => {
      const found = new Map<string, { prompt: string; version: string }[]>();
      for (const [prompt, { versions }] of Object.entries((await readRegistry()).prompts)) {
        for (const { sha256, version } of versions) found.set(sha256, [...(found.get(sha256) ?? []), { prompt, version }]);
      }
      return found;
    },
    current: async (prompt) => {
      const known = findPrompt(await readRegistry(), prompt.id);
      const same = versionBySha(known, prompt.sha256) ?? versionBySha(known, promptSha256(prompt.text));
      return (same ?? latestVersion(known))?.version ?? null;
    },
  };
}

/** By label (`v2`) or pointer (`latest`). */
function named(target: Target, label: string): RegistryVersion {
  const versions = target.known?.versions ?? [];
  const wanted = target.known !== null && Object.hasOwn(target.known.pointers, label) ? target.known.pointers[label] : label;
  const found = versions.find((each) => each.version === wanted);
  if (found !== undefined) return found;
  const there = versions.length === 0 ? 'it has no versions yet' : `there are ${versions.map((each) => each.version).join(', ')}`;
  throw new EngineError(
    'VERSION_NOT_FOUND',
    `${target.id} has no version ${label}: ${there}. Run ratchet versions ${target.id} to see them.`,
  );
}

function entryOf(version: RegistryVersion, prompt: RegistryPrompt | null, commit: string | undefined): VersionEntry {
  const pointers = Object.entries(prompt?.pointers ?? {});
  return {
    ...version,
    commit: commit ?? null,
    pointers: pointers
      .filter(([, label]) => label === version.version)
      .map(([name]) => name)
      .sort(),
  };
}

/** The old text with the byte order mark and line ends of the file that it replaces: the diff shows what was rolled back, not every line. */
function withStyleOf(text: string, file: string): string {
  const plain = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const lines = file.includes('\r\n') && !/[^\r]\n/.test(file) ? plain.replaceAll('\n', '\r\n') : plain;
  return file.startsWith('\uFEFF') ? `\uFEFF${lines}` : lines;
}
