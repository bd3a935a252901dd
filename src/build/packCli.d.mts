export const CLI_FILES: readonly string[];
/** Writes the package's folder `into` and returns the path of its tarball. Throws where the build is missing. */
export function packCli(options?: { dist?: string; into?: string }): string;
