/** The language server: capabilities, the session, and one register function per feature. Transport and ports come from outside. */
import {
  CodeActionKind,
  TextDocumentSyncKind,
  type Connection,
  type InitializeParams,
  type InitializeResult,
} from 'vscode-languageserver/node';
import type { Engine } from '../engine/api.js';
import type { Logger } from '../engine/ports.js';
import { coalesce } from '../shared/async.js';
import type { ServerOptions } from '../shared/protocol.js';
import { watchFiles } from './fileWatch.js';
import { registerCodeActions } from './handlers/codeActions.js';
import { registerCodeLens } from './handlers/codeLens.js';
import { registerDiagnostics } from './handlers/diagnostics.js';
import { registerEvaluation } from './handlers/evaluation.js';
import { registerCases } from './handlers/cases.js';
import { registerFeedback } from './handlers/feedback.js';
import { registerHighlights } from './handlers/highlights.js';
import { registerHover } from './handlers/hover.js';
import { registerOptions } from './handlers/options.js';
import { registerPrompts } from './handlers/prompts.js';
import { registerSources } from './handlers/sources.js';
import { registerSuggestions } from './handlers/suggestions.js';
import { registerVersions } from './handlers/versions.js';
import { readOptions } from './options.js';
import { Session } from './session.js';
import { collectedFiles } from './watched.js';
import { Wire } from './wire.js';
import { watchWorkspaceFiles } from './workspaceFiles.js';

/** Makes the engine for a folder. `options` is live: trust, threshold and confirmed origins are read at each use. */
export type EngineFactory = (options: ServerOptions, logger: Logger) => Engine;

const serverName = 'Prompt Ratchet';
/** How often it is looked whether a server is due: the pauses are minutes. */
const lookEveryMs = 10_000;

export function createServer(connection: Connection, createEngine: EngineFactory, logger: Logger): void {
  const wire = new Wire(connection, logger);
  let session: Session | null = null;
  let stop: (() => void) | null = null;

  connection.onInitialize((params: InitializeParams): InitializeResult => {
    const options = readOptions(params);
    const { workspace } = params.capabilities;
    const client = {
      watches: workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
      refreshesLenses: workspace?.codeLens?.refreshSupport === true,
    };
    session = new Session(createEngine(options, logger), options, wire, logger, client.watches);
    stop = start(connection, session, client);
    return {
      serverInfo: { name: serverName },
      capabilities: {
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
        codeLensProvider: { resolveProvider: false },
        hoverProvider: true,
        codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
      },
    };
  });
  connection.onShutdown(async () => {
    stop?.();
    session?.runs.cancelAll();
    await session?.engine.dispose();
  });
}

/** Registers everything and begins to look at the feedback once the client is ready. Returns what ends it. */
function start(connection: Connection, session: Session, client: { watches: boolean; refreshesLenses: boolean }): () => void {
  const { logger, options, documents } = session;
  documents.listen(connection);

  const { sources } = session;
  const quietly = (work: Promise<unknown>): void => {
    work.catch((error: unknown) => {
      logger.error('Feedback not pulled', error);
    });
  };
  const pullAll = coalesce(async () => {
    // Before the pull, so that what is appended while it runs is noticed.
    await watch.refresh();
    await sources.pull({ sources: null });
    await watch.refresh();
  });
  // A server that takes its time must not hold up what an application has just written to its log.
  const pullLocal = coalesce(async () => {
    await watch.refresh();
    const names = await sources.localNames();
    if (names.length > 0) await sources.pull({ sources: names });
  });
  const pullDue = coalesce(async () => {
    for (const name of await sources.due()) await sources.pull({ sources: [name] });
  });
  const watch = watchFiles(
    async () => [...(await session.engine.feedback.watched()), ...(await collectedFiles(session))],
    () => {
      if (options.autoPull === 'interval') quietly(pullLocal());
    },
  );
  const clock = setInterval(() => {
    quietly(pullDue());
  }, lookEveryMs);
  clock.unref();

  registerCodeLens(connection, session, client.refreshesLenses);
  registerHover(connection, session);
  registerCodeActions(connection, session);
  registerHighlights(session);
  registerPrompts(session);
  registerFeedback(session);
  registerSources(session, () => watch.refresh());
  registerCases(session);
  registerEvaluation(session);
  registerSuggestions(session);
  registerVersions(session);
  registerOptions(session, () => watch.refresh());
  const diagnostics = registerDiagnostics(connection, session);

  documents.onDidSave(() => {
    if (!client.watches) session.changed(['prompts', 'suites']);
  });
  connection.onInitialized(() => {
    if (client.watches) watchWorkspaceFiles(connection, session, () => watch.refresh());
    if (options.autoPull === 'off') {
      diagnostics.refresh().catch((error: unknown) => {
        logger.error('Diagnostics failed', error);
      });
      return;
    }
    pullAll()
      .then(() => diagnostics.refresh())
      .catch((error: unknown) => {
        logger.error('Feedback not pulled', error);
      });
  });
  return () => {
    clearInterval(clock);
    watch.dispose();
  };
}
