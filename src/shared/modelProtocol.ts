/** Models on their way between editor and language server, as they are found, tried and added. A key is never among it. */

export interface ModelParams {
  name: string;
  provider: 'openai' | 'vscode';
  model: string;
  baseUrl?: string;
  /** Only ever `${env:NAME}`. */
  key?: string;
}

export interface ModelServer {
  name: string;
  baseUrl: string;
  models: string[];
}

export interface ModelTestResult {
  ok: boolean;
  detail: string;
  /** Code of the fault; `null` where it answered. */
  failed: string | null;
  latencyMs: number | null;
}
