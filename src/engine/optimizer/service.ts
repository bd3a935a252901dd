/** Suggestions: made, checked, listed, accepted, rejected. */
import type { EngineContext, OptimizerService } from '../api.js';
import { EngineError } from '../errors.js';
import { join } from '../paths.js';
import { promptSha256 } from '../prompts/hash.js';
import { check } from './check.js';
import { ensureRatchetFolder } from '../versions/folder.js';
import { points } from './verdicts.js';
import { digest, type Services } from './session.js';
import { SuggestionStore, type StoredSuggestion } from './store.js';
import { suggest } from './suggest.js';

export function createOptimizerService(context: EngineContext, services: Services): OptimizerService {
  const store = new SuggestionStore(context.ports.fs, context.root);

  /** An open suggestion whose file holds neither its parent nor its text any more is about another text. */
  const stateOf = async (stored: StoredSuggestion): Promise<'open' | 'accepted' | 'rejected' | 'withdrawn'> => {
    if (stored.state !== 'open') return stored.state;
    const sha = await workingSha(stored);
    return sha === stored.document.parent.sha256 || sha === stored.candidateSha ? 'open' : 'withdrawn';
  };

  const workingSha = async (stored: StoredSuggestion): Promise<string | null> => {
    try {
      return promptSha256((await services.prompts.get(stored.document.prompt)).text);
    } catch (error) {
      if (EngineError.is(error, 'PROMPT_NOT_FOUND')) return null;
      throw error;
    }
  };

  /** One run a prompt at a time, whichever process asks: two would share a journal and pay twice for one question. */
  const alone = async <T>(prompt: string, work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
    const { id } = await services.prompts.get(prompt);
    await ensureRatchetFolder(context.ports.fs, context.root);
    return context.ports.locks.withLock(join(context.root, `.ratchet/.local/runs/${digest(id).slice(0, 10)}.lock`), work, signal);
  };

  const accept: OptimizerService['accept'] = async (id, options) => {
    const stored = await store.load(id);
    const { document, candidate } = stored;
    const text = options.text ?? candidate;
    if (text === null) throw new EngineError('NOT_CERTIFIED', `${id} offers no edit: ${document.reason}`);
    if (stored.state === 'accepted')
      throw new EngineError(
        'BAD_USAGE',
        `${id} was accepted before. Run "ratchet versions ${document.prompt}" to see the version that it became.`,
      );
    const certified = document.verdict === 'certified' && candidate !== null && promptSha256(text) === promptSha256(candidate);
    if (!certified && options.uncertified !== true) {
      throw new EngineError(
        'NOT_CERTIFIED',
        document.verdict === 'certified'
          ? `The text is not the one that ${id} certifies. Check the edit first, or reset it.`
          : `${id} is not certified: ${document.reason}`,
      );
    }
    const working = await workingSha(stored);
    if (working !== document.parent.sha256 && working !== promptSha256(text)) {
      throw new EngineError(
        'SUGGESTION_STALE',
        `${document.file} has changed since ${id} was made, so the evidence is about another text. Nothing was written; run "ratchet suggest ${document.prompt}" again.`,
      );
    }
    const version = await services.versions.create({
      prompt: document.prompt,
      text,
      why: certified ? 'suggestion' : 'edit',
      expectedSha256: working,
      evidence: evidenceOf(stored, certified),
      commit: options.commit,
      message: messageOf(stored, certified),
      records: [{ type: 'suggestion.accepted', subject: { prompt: document.prompt, suggestion: id }, data: { certified } }],
    });
    await store.save({ ...stored, state: 'accepted' });
    return version;
  };

  return {
    suggest: (request, hooks = {}, signal) => {
      const work = () => suggest(context, services, request, hooks, signal);
      return request.dryRun === true ? work() : alone(request.prompt, work, signal);
    },
    check: (request, hooks = {}, signal) => alone(request.prompt, () => check(context, services, request, hooks, signal), signal),
    get: async (id) => {
      const stored = await store.load(id);
      return { document: stored.document, candidate: stored.candidate, parentText: stored.parentText, state: await stateOf(stored) };
    },
    list: async (prompt) =>
      (await store.all()).map((stored) => stored.document).filter((document) => prompt === undefined || document.prompt === prompt),
    accept,
    reject: async (id, reason) => {
      const stored = await store.load(id);
      if (stored.state === 'accepted') throw new EngineError('BAD_USAGE', `${id} was accepted before; roll the prompt back instead.`);
      await store.save({ ...stored, state: 'rejected', note: reason });
      await services.audit.append({
        type: 'suggestion.rejected',
        subject: { prompt: stored.document.prompt, suggestion: id },
        data: { reason },
      });
    },
  };
}

/** What the version keeps of the suggestion: the certificate and how it came about; no production text. */
function evidenceOf({ document }: StoredSuggestion, certified: boolean): Record<string, unknown> {
  return {
    suggestion: {
      id: document.id,
      certified,
      verdict: document.verdict,
      reason: document.reason,
      certificate: certified ? document.certificate : null,
      edits: document.edits.map(({ before, after, why }) => ({ before, after, why })),
      parent: document.parent,
      plan: document.plan,
      spent: document.spent,
      seed: document.seed,
      recorded: document.recorded,
    },
  };
}

function messageOf({ document, summary }: StoredSuggestion, certified: boolean): string {
  const { certificate } = document;
  if (!certified || certificate === null) return `Edit ${document.prompt}\n\nMade from ${document.id}; this text is not certified.`;
  return `Improve ${document.prompt}: ${points(certificate.delta)} on held-out cases\n\n${summary === null ? '' : `${summary}\n\n`}${document.reason}`;
}
