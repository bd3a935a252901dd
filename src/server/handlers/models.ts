import type { ModelProfile } from '../../engine/config/types.js';
import { EngineError } from '../../engine/errors.js';
import type { ModelParams } from '../../shared/modelProtocol.js';
import { Methods } from '../../shared/protocol.js';
import type { Session } from '../session.js';

const keyReference = /^\$\{env:[A-Za-z_][A-Za-z0-9_]*\}$/;

/** Only what we know of a model; a literal key in a message is refused, because messages may be traced. */
export function toModel({ name, provider, model, baseUrl, key }: ModelParams): ModelProfile {
  if (key !== undefined && !keyReference.test(key)) {
    throw new EngineError('BAD_USAGE', 'A key never stands in a model. Set it for its address, or write ${env:NAME}.');
  }
  const address = baseUrl === undefined ? {} : { baseUrl };
  return { name, provider, model, params: {}, ...address, ...(key === undefined ? {} : { key }) };
}

/** *Add a Model…*: what runs here, what an endpoint lists, whether it answers, and how config.yaml would look. */
export function registerModels({ wire, engine }: Session): void {
  wire.handle(Methods.modelServers, (_params, signal) => engine.models.servers(signal));
  wire.handle(Methods.modelList, (params, signal) => engine.models.list(toModel(params), signal));
  wire.handle(Methods.modelTest, async (params, signal) => {
    const { ok, detail, failed, latencyMs } = await engine.models.test(toModel(params), signal);
    return { ok, detail, failed, latencyMs };
  });
  wire.handle(Methods.modelEdit, (params) => engine.config.withModel(toModel(params)));
}
