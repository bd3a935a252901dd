export const LACKS_PYTHON: string;
export function ensureVenv(name: string, requirements: string, log?: (line: string) => void): Promise<{ dir: string; python: string }>;
