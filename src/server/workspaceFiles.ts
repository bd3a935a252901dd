/** Files that the client tells us about when they change, and what each kind of change touches. */
import { DidChangeWatchedFilesNotification, type Connection } from 'vscode-languageserver/node';
import { uriToWorkspacePath } from './convert.js';
import type { Change, Session } from './session.js';

const patterns = [
  '**/*.{prompty,prompt}',
  '**/*.prompt.{yml,yaml}',
  '**/promptfooconfig.{yml,yaml}',
  '**/*.eval.{yml,yaml}',
  '**/prompts/**',
  '**/*.csv',
  // With `**/` though there is but one: a client may compare with whole paths.
  '**/.ratchet/{config.yaml,registry.json}',
];

/** Folders that others fill, and our own private one. */
const ignored = /(^|\/)(node_modules|\.git)\/|^\.ratchet\/\.local\//;

/** Data files of suites are named by suites, so that any file beside one may matter. */
function changeOf(file: string): Change[] {
  if (file === '.ratchet/registry.json') return ['versions', 'scores'];
  if (file === '.ratchet/config.yaml') return ['prompts', 'suites', 'scores', 'sources'];
  if (/\.eval\.ya?ml$/.test(file)) return ['suites'];
  return ['prompts', 'suites'];
}

export function watchWorkspaceFiles(connection: Connection, session: Session, sourcesChanged: () => Promise<void>): void {
  connection.client
    .register(DidChangeWatchedFilesNotification.type, { watchers: patterns.map((globPattern) => ({ globPattern })) })
    .catch((error: unknown) => {
      session.logger.warn(`Changed files are not watched by the client: ${String(error)}`);
    });
  connection.onDidChangeWatchedFiles(({ changes }) => {
    const own = changes
      .map((change) => uriToWorkspacePath(session.root, change.uri))
      .filter((file) => file !== null)
      .filter((file) => !ignored.test(file));
    if (own.length === 0) return;
    session.changed([...new Set(own.flatMap(changeOf))], own);
    if (own.includes('.ratchet/config.yaml')) {
      sourcesChanged().catch((error: unknown) => {
        session.logger.error('Sources not read again', error);
      });
    }
  });
}
