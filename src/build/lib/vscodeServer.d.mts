export const CODE_SERVER_VERSION: string;

export interface ServerOptions {
  dir: string;
  dataDir: string;
  extensionsDir?: string;
  port?: number;
  token?: string | null;
  testDriver?: boolean;
  trust?: boolean;
  settings?: Record<string, unknown>;
  env?: Record<string, string>;
}

export interface VsCodeServer {
  origin: string;
  port: number;
  pid: number;
  dataDir: string;
  exited: Promise<void>;
  url(folder: string, more?: Record<string, string>): string;
  output(): string;
  stop(): Promise<void>;
}

export function getVsCodeServer(log?: (line: string) => void): Promise<string>;
export function startVsCodeServer(options: ServerOptions): Promise<VsCodeServer>;
export function installVsix(options: { dir: string; vsix: string; extensionsDir: string }): Promise<void>;
