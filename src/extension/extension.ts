/** The part that is loaded when it is first needed: everything but the registration of commands. */
import type * as vscode from 'vscode';
import { runCommand } from './commands/table.js';
import { createServices, type Services } from './services.js';

/** What `main.ts` and the tests in the extension host hold of a started extension. */
export interface Running {
  run(id: string, argument: unknown): Promise<void>;
  stop(): Promise<void>;
  readonly services: Services;
}

/** Builds the services and starts the server without waiting for it: what stands in its way shows in the Prompts view and the log. */
export function start(context: vscode.ExtensionContext): Running {
  const services = createServices(context);
  services.client.restart().catch((error: unknown) => {
    services.log.error('The server did not start', error);
    services.prompts.refresh().catch((failure: unknown) => {
      services.log.error('Prompts not read', failure);
    });
  });
  return {
    services,
    run: (id, argument) => runCommand(services, id, argument),
    async stop() {
      await services.client.stop();
      services.store.dispose();
    },
  };
}
