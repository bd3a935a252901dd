import type { BuildOptions } from 'esbuild';

export interface Output {
  name: string;
  entry: string;
  external?: string[];
  executable?: boolean;
}

export const root: string;
export const OUTPUTS: Output[];
export const PAGES: string[];
export function nodeOptions(output: Output, options?: { base?: string; dev?: boolean }): BuildOptions;
