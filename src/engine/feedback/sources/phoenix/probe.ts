/** Whether a Phoenix can be read, and if not, at which step. */
import type { SourceConfig } from '../../../config/types.js';
import { toIso } from '../../time.js';
import { apiFault } from '../http/faults.js';
import type { ApiClient } from '../http/client.js';
import { checkMap, isAtLeast, runProbe } from '../http/probe.js';
import { windowOf } from '../http/window.js';
import type { ProbeResult, SourceTools } from '../source.js';
import { annotationConfigs, findProject, spansPage } from './api.js';

/** The first that takes spans by their trace, which users and sessions are found by. */
const least = [13, 9] as const;

/** Throws SOURCE_FAILED where the server that was asked last says that it is too old. */
export function requireVersion(client: ApiClient): void {
  const version = versionOf(client);
  if (version === null || isAtLeast(version, least)) return;
  throw apiFault({
    step: 'version',
    said: `${client.origin}: this is Phoenix ${version}`,
    todo: `Update it to Phoenix ${least.join('.')} or later.`,
  });
}

/** Phoenix says its version with every answer, a refusal included. */
function versionOf(client: ApiClient): string | null {
  return client.lastHeaders['x-phoenix-server-version'] ?? null;
}

export function probePhoenix(
  config: SourceConfig,
  connect: () => ApiClient,
  tools: SourceTools,
  signal: AbortSignal | undefined,
): Promise<ProbeResult> {
  return runProbe(async (facts) => {
    const client = connect();
    checkMap(config);
    const wanted = config.project ?? 'default';
    let project;
    try {
      project = await findProject(client, wanted, signal);
    } finally {
      facts.version = versionOf(client);
    }
    requireVersion(client);
    const configs = await annotationConfigs(client, signal);
    facts.caps = ['interactions', 'feedback', 'comments', 'configs'];
    const { from } = windowOf(config, null, tools.clock.now().getTime());
    const { items } = await spansPage(client, project.id, [['start_time', toIso(from)]], null, 1);
    const name = `Phoenix${facts.version === null ? '' : ` ${facts.version}`}`;
    if (items.length === 0) {
      return {
        failed: 'data',
        detail: `${name} answers, and the project ${project.name} holds no spans since ${toIso(from).slice(0, 10)}`,
        todo: 'Send spans to this project, write another project, or set since: further back.',
      };
    }
    return `${name}, project ${project.name}, ${String(configs.length)} annotation configs`;
  });
}
