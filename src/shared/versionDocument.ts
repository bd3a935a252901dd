/** `ratchet versions --json`, and what a commit or a rollback made. */

export interface VersionDocument {
  schema: 'promptratchet.version/1';
  prompt: string;
  version: string;
  sha256: string;
  parent: string | null;
  file: string;
  commit: string | null;
  why: 'rollback' | 'suggestion' | 'edit' | 'initial';
  /** What the user should know, e.g. that there is no repository and hence no commit. */
  note: string | null;
  /** Present where a commit was asked for and git refused it: the version is written, `note` has git's words. */
  commitFailed?: true;
}

export interface VersionEntry {
  version: string;
  sha256: string;
  parent: string | null;
  time: string;
  author: string | null;
  why: 'rollback' | 'suggestion' | 'edit' | 'initial';
  file: string;
  commit: string | null;
  pointers: string[];
  evidence: string | null;
}

export interface VersionsDocument {
  schema: 'promptratchet.versions/1';
  prompts: { prompt: string; file: string; working: string | null; versions: VersionEntry[] }[];
}
