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
import type { ServerOptions } from '../shared/protocol.js';
import { startAutoPull } from './autoPull.js';
import { registerCodeActions } from './handlers/codeActions.js';
import { registerCodeLens } from './handlers/codeLens.js';
import { registerDiagnostics } from './handlers/diagnostics.js';
import { registerEvaluation } from './handlers/evaluation.js';
import { registerCases } from './handlers/cases.js';
import { registerFeedback } from './handlers/feedback.js';
import { registerHighlights } from './handlers/highlights.js';
import { registerHover } from './handlers/hover.js';
import { registerModels } from './handlers/models.js';
import { registerOptions } from './handlers/options.js';
import { registerPrompts } from './handlers/prompts.js';
import { registerSources } from './handlers/sources.js';
import { registerSuggestions } from './handlers/suggestions.js';
import { registerVersions } from './handlers/versions.js';
import { readOptions } from './options.js';
import { Session } from './session.js';
import { Wire } from './wire.js';
import { watchWorkspaceFiles } from './workspaceFiles.js';

/** Makes the engine for a folder. `options` is live: trust, threshold and confirmed origins are read at each use. */
export type EngineFactory = (options: ServerOptions, logger: Logger) => Engine;

const serverName = 'Prompt Ratchet';

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
    // A pull that is cut off by the end of the process would leave its lock behind.
    await session?.sources.end();
    await session?.engine.dispose();
  });
}

/** Registers everything and begins to look at the feedback once the client is ready. Returns what ends it. */
function start(connection: Connection, session: Session, client: { watches: boolean; refreshesLenses: boolean }): () => void {
  const { logger, documents } = session;
  documents.listen(connection);

  const autoPull = startAutoPull(session);
  registerCodeLens(connection, session, client.refreshesLenses);
  registerHover(connection, session);
  registerCodeActions(connection, session);
  registerHighlights(session);
  registerModels(session);
  registerPrompts(session);
  registerFeedback(session);
  registerSources(session, () => autoPull.refresh());
  registerCases(session);
  registerEvaluation(session);
  registerSuggestions(session);
  registerVersions(session);
  registerOptions(session, () => autoPull.refresh());
  const diagnostics = registerDiagnostics(connection, session);

  documents.onDidSave(() => {
    if (!client.watches) session.changed(['prompts', 'suites']);
  });
  connection.onInitialized(() => {
    if (client.watches) watchWorkspaceFiles(connection, session, () => autoPull.refresh());
    autoPull
      .begin()
      .then(() => diagnostics.refresh())
      .catch((error: unknown) => {
        logger.error('Diagnostics failed', error);
      });
  });
  return () => {
    autoPull.stop();
  };
}
