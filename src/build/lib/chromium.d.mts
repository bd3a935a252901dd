export const CHROMIUM_ARGS: string[];
export const LACKS_CHROMIUM: string;
export function findChromium(): string | null;
export function ensureChromium(log: (line: string) => void): Promise<string | null>;
