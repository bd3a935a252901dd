/** One sentence per fault; empty where the manifest of this folder holds. */
export function checkManifest(folder?: string): Promise<string[]>;
