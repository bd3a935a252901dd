/** Prompts linked to traces by `link-prompts`: no field of a trace says so, only the search by prompt finds it. */
import { linkedPrompts } from '../../shapes/promptLink.js';
import type { Json } from '../../values.js';
import type { ApiClient } from '../http/client.js';
import { pages } from '../http/pages.js';
import { promptVersions, searchTraces, type PromptVersion } from './api.js';

export class LinkedPrompts {
  private known: { versions: PromptVersion[]; more: boolean } | null = null;

  constructor(
    private readonly client: ApiClient,
    private readonly experiment: string,
  ) {}

  /** By trace id, for traces of [from, to). A trace with several is ambiguous. */
  async find(from: number, to: number, signal: AbortSignal | undefined): Promise<Map<string, Json>> {
    const { client, experiment } = this;
    this.known ??= await promptVersions(client);
    const found = new Map<string, PromptVersion[]>();
    for (const version of this.known.versions) {
      const filter = `prompt = '${version.name}/${version.version}'`;
      const paging = { origin: client.origin, what: 'traces', start: null, limit: 500, signal };
      for await (const page of pages((cursor, limit) => searchTraces(client, experiment, { from, to, filter }, cursor, limit), paging)) {
        for (const { id } of page.items) {
          const before = found.get(id) ?? [];
          if (!before.includes(version)) found.set(id, [...before, version]);
        }
      }
    }
    const links = new Map<string, Json>();
    for (const [id, versions] of found) {
      const prompt = linkedPrompts(versions);
      if (prompt !== null) links.set(id, prompt);
    }
    return links;
  }

  notes(): string[] {
    return this.known?.more === true
      ? ['Only the 50 newest versions of registered prompts were looked up for traces that were linked to a prompt afterwards.']
      : [];
  }
}
