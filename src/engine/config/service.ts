import type { ConfigService, EngineContext } from '../api.js';
import { EngineError } from '../errors.js';
import { join } from '../paths.js';
import { configFile, defaultConfig, maxConfigBytes, parseConfig } from './parse.js';
import type { ModelProfile, Problem, SourceConfig, WorkspaceConfig } from './types.js';
import { addModel, addSource } from './withSource.js';

interface Loaded {
  config: WorkspaceConfig;
  problems: Problem[];
}

class WorkspaceConfigFile implements ConfigService {
  private cached: { size: number; mtimeMs: number; loaded: Loaded } | null = null;

  constructor(private readonly context: EngineContext) {}

  private get path(): string {
    return join(this.context.root, configFile);
  }

  async load(): Promise<Loaded> {
    const loaded = await this.read();
    const threshold = this.context.options.threshold;
    return threshold === undefined ? loaded : { ...loaded, config: { ...loaded.config, threshold } };
  }

  private async read(): Promise<Loaded> {
    const { fs } = this.context.ports;
    try {
      const stat = await fs.stat(this.path);
      if (stat === null) return { config: defaultConfig(), problems: [] };
      if (this.cached?.size === stat.size && this.cached.mtimeMs === stat.mtimeMs) return this.cached.loaded;
      const loaded = parseConfig(await fs.read(this.path, maxConfigBytes));
      this.cached = { size: stat.size, mtimeMs: stat.mtimeMs, loaded };
      return loaded;
    } catch (error) {
      if (!EngineError.is(error, 'IO_FAILED')) throw error;
      const problem: Problem = { severity: 'error', code: 'CONFIG_INVALID', message: error.message, file: configFile, range: null };
      return { config: defaultConfig(), problems: [problem] };
    }
  }

  async withSource(source: SourceConfig): Promise<{ file: string; before: string; after: string }> {
    const { fs } = this.context.ports;
    const before = (await fs.stat(this.path)) === null ? '' : await fs.read(this.path, maxConfigBytes);
    return { file: configFile, before, after: addSource(before, source) };
  }

  async withModel(model: ModelProfile): Promise<{ file: string; before: string; after: string }> {
    const { fs } = this.context.ports;
    const before = (await fs.stat(this.path)) === null ? '' : await fs.read(this.path, maxConfigBytes);
    return { file: configFile, before, after: addModel(before, model) };
  }

  async write(text: string): Promise<void> {
    await this.context.ports.fs.write(this.path, text);
    this.cached = null;
  }
}

/** `.ratchet/config.yaml`: read with its problems, cached by time and size; sources added as a text that the user sees first. */
export function createConfigService(context: EngineContext): ConfigService {
  return new WorkspaceConfigFile(context);
}
