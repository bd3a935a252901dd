/** The one error boundary of our own requests: expected failures become data, defects are logged and told in one sentence. */
import type { CancellationToken, Connection } from 'vscode-languageserver/node';
import { EngineError } from '../engine/errors.js';
import type { Logger } from '../engine/ports.js';
import type { NotificationDef, RequestDef } from '../shared/protocol.js';
import { fail, ok, type Result } from '../shared/result.js';

export class Wire {
  constructor(
    private readonly connection: Connection,
    private readonly logger: Logger,
  ) {}

  handle<P, R>(def: RequestDef<P, Result<R>>, work: (params: P, signal: AbortSignal) => Promise<R>): void {
    this.connection.onRequest(def.method, async (params: P, token: CancellationToken): Promise<Result<R>> => {
      const controller = new AbortController();
      const listener = token.onCancellationRequested(() => {
        controller.abort();
      });
      try {
        return ok(await work(params, controller.signal));
      } catch (error) {
        if (EngineError.is(error)) {
          if (error.code !== 'CANCELLED') this.logger.warn(`${def.method}: ${error.code}: ${error.message}`);
          const { origin } = error.details;
          return fail(error.code, error.message, typeof origin === 'string' ? origin : undefined);
        }
        this.logger.error(`${def.method} failed`, error);
        return fail('INTERNAL', 'Something went wrong inside Prompt Ratchet; the log has the details.');
      } finally {
        listener.dispose();
      }
    });
  }

  notify<P>(def: NotificationDef<P>, params: P): void {
    this.connection.sendNotification(def.method, params).catch((error: unknown) => {
      // The other side is gone: nothing is left to tell.
      this.logger.debug(`${def.method} not sent: ${String(error)}`);
    });
  }

  /** For standard LSP requests: a fault in one feature gives an empty answer and a line in the log. */
  guard<A extends unknown[], R>(name: string, fallback: R, work: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
    return async (...args) => {
      try {
        return await work(...args);
      } catch (error) {
        this.logger.error(`${name} failed`, error);
        return fallback;
      }
    };
  }
}
