export const root: string;
export class Lacking extends Error {}
export function cacheRoot(): string;
export function node(): string;
export function childEnv(more?: Record<string, string>): Record<string, string>;
export function run(
  command: string,
  args: string[],
  options?: { cwd?: string; env?: NodeJS.ProcessEnv; capture?: boolean; timeoutMs?: number },
): Promise<{ code: number; output: string }>;
export function onPath(command: string): string | null;
export function checkMachine(): void;
export function ensureInstalled(log: (line: string) => void): Promise<boolean>;
export function endOnSignals(): void;
export function scriptMain(main: (args: string[]) => Promise<number | void>): Promise<void>;
