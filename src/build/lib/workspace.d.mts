export function git(folder: string, ...args: string[]): Promise<string>;
export function initRepository(folder: string): Promise<void>;
export function copySample(options?: { from?: string; name?: string; into?: string }): Promise<string>;
