import type { ProbeResult } from '../../engine/feedback/sources/source.js';
import type { SourceConfig } from '../../engine/config/types.js';
import { EngineError } from '../../engine/errors.js';
import { Methods } from '../../shared/protocol.js';
import type { SourceParams, SourceProbe } from '../../shared/sourceProtocol.js';
import type { Session } from '../session.js';
import { sourceOrigin } from '../sourceOrigin.js';

const previewRecords = 20;
const keyReference = /^\$\{env:[A-Za-z_][A-Za-z0-9_]*\}$/;

/** Only keys of a source that we know; a literal key in a message is refused, because messages may be traced. */
export function toSource(params: SourceParams): SourceConfig {
  if (params.key !== undefined && !keyReference.test(params.key)) {
    throw new EngineError('BAD_USAGE', 'A key never stands in a source. Set it for its address, or write ${env:NAME}.');
  }
  const { name, kind, path, url, project, user, key, map, scores, format, since, lookback, tables } = params;
  const given = { path, url, project, user, key, map, scores, format, since, lookback, tables };
  return { name, kind, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
}

function view({ ok, failed, detail, todo, version, caps }: ProbeResult, source: SourceConfig): SourceProbe {
  return { ok, failed, detail, todo, version, caps, origin: sourceOrigin(source) };
}

export function registerSources(session: Session, sourcesChanged: () => Promise<void>): void {
  const { wire, engine, sources } = session;
  const configured = async (name: string): Promise<SourceConfig> => {
    const { config } = await engine.config.load();
    const found = config.sources.find((source) => source.name === name);
    if (found === undefined)
      throw new EngineError('SOURCE_NOT_FOUND', `There is no source "${name}" in .ratchet/config.yaml any more. Choose another one.`);
    return found;
  };
  wire.handle(Methods.pull, async ({ full, sources: names }, signal) => {
    const document = await sources.pull({
      sources: names ?? null,
      record: true,
      signal,
      ...(full === undefined ? {} : { full }),
    });
    await sourcesChanged();
    return document;
  });
  wire.handle(Methods.sources, () => sources.statuses());
  wire.handle(Methods.sourceProbe, async (params, signal) => {
    const source = 'name' in params ? await configured(params.name) : toSource(params.source);
    return view(await engine.feedback.probe(source, signal), source);
  });
  wire.handle(Methods.sourcePreview, async (params) => {
    const { detected, records, fields, examples, metrics, problems } = await engine.feedback.preview(toSource(params), previewRecords);
    return {
      detected,
      records,
      fields,
      problems,
      ...(examples === undefined ? {} : { examples }),
      ...(metrics === undefined ? {} : { metrics }),
    };
  });
  wire.handle(Methods.sourceEdit, (params) => engine.config.withSource(toSource(params)));
  wire.handle(Methods.configWrite, async ({ text }) => {
    await engine.config.write(text);
    session.changed(['prompts', 'suites', 'sources']);
    await sourcesChanged();
    await sources.pull({ sources: null });
    await sourcesChanged();
    return null;
  });
}
