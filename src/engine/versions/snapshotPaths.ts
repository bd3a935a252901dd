/** Where a version's files lie. A prompt's id comes from a file that anyone may have written, hence no part of it is trusted. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { basename } from '../paths.js';

export const versionsFolder = '.ratchet/versions';

const maxSegment = 100;
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** `v12` -> 12; `null` for what is no version label. */
export function versionNumber(label: string): number | null {
  const digits = /^v([1-9]\d{0,8})$/.exec(label)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** Workspace path of a prompt's folder of versions. Every id has exactly one folder, inside ours, on every system. */
export function promptFolder(id: string): string {
  return `${versionsFolder}/${id.split('/').map(safeSegment).join('/')}`;
}

/** Workspace paths of version `number` of a prompt whose file is `file`. */
export function versionPaths(id: string, number: number, file: string): { snapshot: string; evidence: string } {
  const base = `${promptFolder(id)}/v${String(number).padStart(4, '0')}`;
  return { snapshot: `${base}${promptExtension(file)}`, evidence: `${base}.evidence.json` };
}

/** The number in the name of a snapshot or evidence file, else `null`. */
export function numberOfFile(name: string): number | null {
  const digits = /^v(\d{4,9})\./.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
}

function promptExtension(file: string): string {
  const extension = /(\.prompt)?\.[A-Za-z0-9]{1,16}$/.exec(basename(file))?.[0] ?? '.txt';
  // Would be taken for the evidence of the same version.
  return extension === '.json' ? '.prompt.json' : extension;
}

/**
 * Percent-encodes what file systems treat in a way of their own: other characters than letters, digits and `._-`, a dot at
 * either end (`..` above all), names that Windows keeps for devices, and names that look like one of our files.
 */
function safeSegment(segment: string): string {
  let safe = segment.replace(/[^A-Za-z0-9._-]/gu, percent);
  safe = safe.replace(/^\.|\.$/g, percent);
  if (safe === '') return '%';
  if (reserved.test(safe) || numberOfFile(safe) !== null) safe = percent(safe.charAt(0)) + safe.slice(1);
  return safe.length <= maxSegment ? safe : `${safe.slice(0, maxSegment - 20)}%${bytesToHex(sha256(utf8ToBytes(segment))).slice(0, 16)}`;
}

function percent(text: string): string {
  return [...utf8ToBytes(text)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}
