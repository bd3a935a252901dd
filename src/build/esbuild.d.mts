import type { BuildOptions } from 'esbuild';

export interface Output {
  name: string;
  entry: string;
  external?: string[];
  executable?: boolean;
  /** In one file with the others of which this holds. */
  together?: boolean;
}

export const root: string;
export const OUTPUTS: Output[];
export const PAGES: string[];
export function nodeOptions(output: Output, options?: { base?: string; dev?: boolean }): BuildOptions;
export function hostsOptions(outputs: Output[], options?: { base?: string; dev?: boolean }): BuildOptions;
