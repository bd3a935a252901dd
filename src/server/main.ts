/** Entry of the language server process: joins the connection, the Node ports and the engine. Transport by arguments (`--stdio`, `--node-ipc`). */
import { createConnection } from 'vscode-languageserver/node';
import { createEngine } from '../engine/index.js';
import { createNodePorts } from '../platform/index.js';
import { createHostModel } from './hostModels.js';
import { connectionLogger, secretsOf } from './logger.js';
import { createServer } from './server.js';

const connection = createConnection();
const logger = connectionLogger(connection, secretsOf(process.env));

process.on('unhandledRejection', (error) => {
  // A forgotten promise is a defect of ours, but no reason to take the user's other prompts down.
  logger.error('Unhandled rejection', error);
});

createServer(
  connection,
  (options, log) =>
    createEngine(
      createNodePorts({
        root: options.root,
        env: process.env,
        distDir: __dirname,
        logger: log,
        trusted: () => options.trusted,
        confirmedOrigins: () => options.confirmedOrigins,
        hostClient: (profile) => createHostModel(connection, profile),
      }),
      { root: options.root, trusted: options.trusted },
    ),
  logger,
);
connection.listen();
