import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** Line ends become LF and a byte order mark is dropped: what a version's hash and the comparison of texts go by. */
export function normaliseText(text: string): string {
  const withoutBom = text.startsWith('\uFEFF') ? text.slice(1) : text;
  return withoutBom.includes('\r\n') ? withoutBom.replaceAll('\r\n', '\n') : withoutBom;
}

/** SHA-256 (64 hex digits) of the LF-normalised UTF-8 text without BOM, so that checkouts with other line ends agree. */
export function promptSha256(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(normaliseText(text))));
}
