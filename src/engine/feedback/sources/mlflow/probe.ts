/** Whether an MLflow can be read, and if not, at which step. */
import type { SourceConfig } from '../../../config/types.js';
import { toIso } from '../../time.js';
import type { ApiClient } from '../http/client.js';
import { apiFault } from '../http/faults.js';
import { checkMap, isAtLeast, runProbe } from '../http/probe.js';
import { windowOf } from '../http/window.js';
import type { ProbeResult, SourceTools } from '../source.js';
import { findExperiment, searchTraces, versionOf } from './api.js';

/** The first with traces that carry their assessments. */
const least = [3, 0] as const;

export const defaultExperiment = 'Default';

/** Throws SOURCE_FAILED for an MLflow that is too old. */
export async function requireVersion(client: ApiClient): Promise<string | null> {
  const version = await versionOf(client);
  if (version === null || isAtLeast(version, least)) return version;
  throw apiFault({
    step: 'version',
    said: `${client.origin}: this is MLflow ${version}`,
    todo: 'Update it to MLflow 3.0 or later: assessments of traces came with it.',
  });
}

export function probeMlflow(config: SourceConfig, connect: () => ApiClient, tools: SourceTools): Promise<ProbeResult> {
  return runProbe(async (facts) => {
    const client = connect();
    checkMap(config);
    facts.version = await versionOf(client);
    await requireVersion(client);
    const experiment = await findExperiment(client, config.project ?? defaultExperiment);
    facts.caps = ['interactions', 'feedback', 'comments', 'corrections'];
    const now = tools.clock.now().getTime();
    const { from } = windowOf(config, null, now);
    const { items } = await searchTraces(client, experiment.id, { from, to: now + 86_400_000 }, null, 1);
    const name = `MLflow${facts.version === null ? '' : ` ${facts.version}`}`;
    if (items.length === 0) {
      return {
        failed: 'data',
        detail: `${name} answers, and the experiment ${experiment.name} holds no traces since ${toIso(from).slice(0, 10)}`,
        todo: 'Trace into this experiment, write another one as project, or set since: further back.',
      };
    }
    return `${name}, experiment ${experiment.name} (${experiment.id})`;
  });
}
