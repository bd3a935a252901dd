/**
 * Writes versions. The order of the writes is what makes a crash harmless: evidence, snapshot, audit record, registry,
 * prompt file, audit record, commit. The registry so never names a file that is missing, a number is never used twice,
 * and no version is in the registry without its record in the log.
 */
import type { VersionDocument } from '../../shared/versionDocument.js';
import type { AuditService, EngineContext, NewVersion, PromptService } from '../api.js';
import { EngineError } from '../errors.js';
import { join, relative } from '../paths.js';
import type { JsonDocument } from '../ports.js';
import { promptSha256 } from '../prompts/hash.js';
import { canCommit, commitFailedNote, commitMessage, noRepositoryNote } from './commit.js';
import { ensureRatchetFolder, ratchetFolderFiles } from './folder.js';
import {
  findPrompt,
  latestVersion,
  registryFile,
  versionBySha,
  type Registry,
  type RegistryPrompt,
  type RegistryVersion,
  type Why,
} from './registry.js';
import { nextNumber, rebuildPrompt, refuseOutside, writeSnapshot } from './snapshots.js';
import { versionPaths } from './snapshotPaths.js';

/** A prompt as the registry and the disk know it; `text` is `null` where the file is gone. */
export interface Target {
  id: string;
  file: string;
  text: string | null;
  known: RegistryPrompt | null;
}

interface Parts {
  registry: JsonDocument<Registry>;
  /** Commits made here, by `id@version`: a commit's hash cannot stand in the commit itself. */
  commits: JsonDocument<Record<string, string>>;
  prompts: PromptService;
  audit: AuditService;
}

export interface VersionWriter {
  create(request: NewVersion): Promise<VersionDocument>;
  /** Keeps the working text as a version where it is none yet. */
  keep(prompt: string): Promise<RegistryVersion>;
  find(prompt: string): Promise<Target>;
}

export function createVersionWriter(context: EngineContext, parts: Parts): VersionWriter {
  const { root } = context;
  const { fs, git, locks, clock } = context.ports;
  const { registry, commits, prompts, audit } = parts;
  const exclusive = <T>(work: () => Promise<T>): Promise<T> => locks.withLock(join(root, '.ratchet/.local/versions.lock'), work);

  const find = async (prompt: string): Promise<Target> => {
    const data = await registry.read();
    const { id, file } = await locate(prompt, data);
    const known = findPrompt(data, id) ?? (await rebuildPrompt(fs, root, id, file));
    const there = (await fs.stat(join(root, file))) !== null;
    return { id, file, text: there ? await fs.read(join(root, file)) : null, known };
  };

  /** A prompt whose file was deleted is still known by its versions: rolling back brings it back. */
  const locate = async (prompt: string, data: Registry): Promise<{ id: string; file: string }> => {
    try {
      const { id, file } = await prompts.get(prompt);
      return { id, file };
    } catch (error) {
      const known = findPrompt(data, prompt);
      if (!EngineError.is(error, 'PROMPT_NOT_FOUND') || known === null) throw error;
      return { id: prompt, file: known.file };
    }
  };

  const write = async (
    target: Target,
    text: string,
    why: Why,
    evidence: Record<string, unknown>,
  ): Promise<{ version: RegistryVersion; target: Target }> => {
    const number = await nextNumber(fs, root, target.id, target.known);
    const { snapshot, evidence: evidenceFile } = versionPaths(target.id, number, target.file);
    const version: RegistryVersion = {
      version: `v${String(number)}`,
      sha256: promptSha256(text),
      parent: parentOf(target)?.version ?? null,
      time: clock.now().toISOString(),
      // Without a name the version is still worth keeping.
      author: await git.userName().catch(() => null),
      why,
      file: snapshot,
      evidence: evidenceFile,
    };
    await writeSnapshot(fs, root, { prompt: target.id, ...version }, text, evidence);
    await audit.append({
      type: 'prompt.version.created',
      subject: { prompt: target.id, version: version.version, parent: version.parent },
      data: { why },
      artifacts: { [snapshot]: `sha256:${version.sha256}` },
    });
    const known = await registry.update((data) => {
      const before = findPrompt(data, target.id) ?? target.known ?? { file: target.file, versions: [], pointers: {} };
      const after: RegistryPrompt = {
        ...before,
        file: target.file,
        versions: [...before.versions, version],
        pointers: { ...before.pointers, latest: version.version },
      };
      put(data, target.id, after);
      return after;
    });
    return { version, target: { ...target, known } };
  };

  const prepare = async (target: Target): Promise<void> => {
    await refuseBrokenLog(audit);
    await ensureRatchetFolder(fs, root);
    const { known } = target;
    // Found by its files alone: the registry was lost.
    if (known !== null && findPrompt(await registry.read(), target.id) === null) {
      await registry.update((data) => {
        put(data, target.id, known);
      });
    }
  };

  /** What the working file holds becomes a version before anything replaces it, so that no text is ever lost. */
  const keepWorking = async (target: Target): Promise<{ version: RegistryVersion | null; target: Target; fresh: boolean }> => {
    if (target.text === null) return { version: latestVersion(target.known), target, fresh: false };
    const same = versionBySha(target.known, promptSha256(target.text));
    if (same !== null) return { version: same, target, fresh: false };
    const why = target.known === null ? 'initial' : 'edit';
    return { ...(await write(target, target.text, why, {})), fresh: true };
  };

  const create = async (request: NewVersion, repository: boolean): Promise<VersionDocument> => {
    const found = await find(request.prompt);
    refuseStale(found, request.expectedSha256);
    const place = await placeOf(found);
    await prepare(found);

    const sha256 = promptSha256(request.text);
    const edited = found.text !== null && promptSha256(found.text) === sha256;
    const kept = edited ? { version: null, target: found, fresh: false } : await keepWorking(found);
    const { version, target } = await write(kept.target, request.text, request.why, request.evidence ?? {});
    if (found.text !== request.text) await fs.write(place.path, request.text);
    prompts.invalidate([found.file]);
    await audit.append({
      type: 'prompt.version.activated',
      subject: { prompt: target.id, version: version.version, parent: version.parent },
      data: { why: request.why },
      artifacts: { [found.file]: `sha256:${sha256}` },
    });
    for (const record of request.records ?? []) {
      await audit.append({ ...record, subject: { ...record.subject, version: version.version } });
    }

    const notes: string[] = [];
    if (kept.fresh && kept.version?.why === 'edit') {
      notes.push(`Your edit of ${found.file} was no version yet; it is kept as ${kept.version.version}.`);
    }
    const fresh = [...(kept.fresh && kept.version !== null ? [kept.version] : []), version];
    const outcome = repository
      ? await commit(request, target, place.inRoot, fresh)
      : { commit: null, note: request.commit ? noRepositoryNote : null };
    if (outcome.note !== null) notes.push(outcome.note);
    return {
      schema: 'promptratchet.version/1',
      prompt: target.id,
      version: version.version,
      sha256,
      parent: version.parent,
      file: version.file,
      commit: outcome.commit,
      why: request.why,
      note: notes.length === 0 ? null : notes.join(' '),
      ...(repository && outcome.commit === null ? { commitFailed: true } : {}),
    };
  };

  /** Where the prompt file really lies: a link inside the workspace stays a link, and its target is written. */
  const placeOf = async (target: Target): Promise<{ path: string; inRoot: string }> => {
    if (target.text === null) return { path: join(root, target.file), inRoot: target.file };
    const real = await refuseOutside(fs, root, target.file);
    return { path: real.path, inRoot: relative(real.root, real.path) };
  };

  const commit = async (
    request: NewVersion,
    target: Target,
    promptFile: string,
    fresh: readonly RegistryVersion[],
  ): Promise<{ commit: string | null; note: string | null }> => {
    const version = fresh.at(-1);
    if (version === undefined) return { commit: null, note: null };
    try {
      const paths = [
        promptFile,
        ...(await uncommittedFiles()),
        registryFile,
        '.ratchet/audit.jsonl',
        '.ratchet/audit.head',
        ...ratchetFolderFiles.map((file) => file.path),
      ];
      const hash = await git.commit({ paths: [...new Set(paths)], message: commitMessage(request.message, target.id, version) });
      await commits.update((data) => {
        for (const each of fresh) data[`${target.id}@${each.version}`] = hash;
      });
      return { commit: hash, note: null };
    } catch (error) {
      if (!EngineError.is(error)) throw error;
      return { commit: null, note: commitFailedNote(error, version.version, promptFile) };
    }
  };

  /** The registry is one file for all prompts: whoever gets it must get every snapshot that it names. */
  const uncommittedFiles = async (): Promise<string[]> => {
    const [data, known] = await Promise.all([registry.read(), commits.read()]);
    const files: string[] = [];
    for (const [id, prompt] of Object.entries(data.prompts)) {
      for (const version of prompt.versions) {
        if (known[`${id}@${version.version}`] !== undefined) continue;
        for (const file of [version.file, version.evidence]) {
          if ((await fs.stat(join(root, file))) !== null) files.push(file);
        }
      }
    }
    return files;
  };

  return {
    find,
    create: async (request) => {
      // Before the lock, which is a folder in the workspace: a refusal leaves nothing at all behind.
      const repository = request.commit && (await canCommit(git, context.isTrusted()));
      return exclusive(() => create(request, repository));
    },
    keep: (prompt) =>
      exclusive(async () => {
        const target = await find(prompt);
        await prepare(target);
        const { version } = await keepWorking(target);
        if (version === null)
          throw new EngineError('PROMPT_NOT_FOUND', `The file of ${prompt} is gone and it has no versions. Restore ${target.file}.`);
        return version;
      }),
  };
}

/** Not an assignment: an id may be called `__proto__`. */
function put(data: Registry, id: string, prompt: RegistryPrompt): void {
  Object.defineProperty(data.prompts, id, { value: prompt, enumerable: true, configurable: true, writable: true });
}

/** What the file holds now is what the next version grows from. */
function parentOf(target: Target): RegistryVersion | null {
  const same = target.text === null ? null : versionBySha(target.known, promptSha256(target.text));
  return same ?? latestVersion(target.known);
}

function refuseStale(target: Target, expected: string | undefined): void {
  if (expected === undefined) return;
  if (target.text === null || promptSha256(target.text) !== expected) {
    throw new EngineError(
      'SUGGESTION_STALE',
      `${target.file} has changed since, so the evidence is about another text. Nothing was written; run suggest again.`,
    );
  }
}

async function refuseBrokenLog(audit: AuditService): Promise<void> {
  const { status, message, anchor } = await audit.verify();
  // A missing anchor stops nothing: the next record notes it.
  if (status === 'broken' || (status === 'truncated' && anchor !== null))
    throw new EngineError('AUDIT_BROKEN', `The audit log does not hold, so nothing was written. ${message}`);
}
