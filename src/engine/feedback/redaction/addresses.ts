/** E-mail addresses, addresses of machines, and telephone numbers. All of it in one pass, with bounded look-back. */
import type { Span } from './span.js';

const localPart = /[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]/u;
const domainLabels = /(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}\p{L}{2,24}(?![\p{L}\p{N}])/uy;
const maxLocalPart = 64;

/** `a.b+c@mail.example.org`; not `package@1.2.3`, not a name on a local network. */
export function findEmails(text: string): Span[] {
  const found: Span[] = [];
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    domainLabels.lastIndex = at + 1;
    if (domainLabels.exec(text) === null) continue;
    const end = domainLabels.lastIndex;
    const least = Math.max(at - maxLocalPart, found.at(-1)?.end ?? 0);
    let start = at;
    while (start > least && localPart.test(text.charAt(start - 1))) start -= 1;
    // Signs around an address in prose are not part of it.
    while (start < at && !/[\p{L}\p{N}_]/u.test(text.charAt(start))) start += 1;
    if (start < at) found.push({ start, end });
  }
  return found;
}

const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const ipv4 = new RegExp(`(?<![\\w.+-])(?:${octet}\\.){3}${octet}(?![\\w-]|\\.\\d)`, 'g');
/** What stands before four numbers that are a version, as in "version 1.2.3.4" and "Chrome/120.0.0.0". */
const versionBefore = /(?:\b(?:v|ver|version|release|build|firmware|driver)\.?[ :=]{0,2}|[A-Za-z]\/)$/i;
const ipv6 = /(?<![\w:.])(?:[0-9A-Fa-f:]{2,30}:\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}|[0-9A-Fa-f:]{2,40})(?![\w:]|\.\d)/g;

export function findIps(text: string): Span[] {
  const found: Span[] = [];
  // The sixth version of the protocol has at least two colons.
  if (/:[0-9A-Fa-f]{0,4}:/.test(text)) {
    for (const match of text.matchAll(ipv6)) {
      if (isIpv6(match[0])) found.push({ start: match.index, end: match.index + match[0].length });
    }
  }
  let covered = 0;
  const sixth = found.length;
  for (const match of text.matchAll(ipv4)) {
    if (versionBefore.test(text.slice(Math.max(0, match.index - 12), match.index))) continue;
    while (covered < sixth && (found[covered]?.end ?? 0) <= match.index) covered += 1;
    if (covered < sixth && (found[covered]?.start ?? 0) <= match.index) continue;
    found.push({ start: match.index, end: match.index + match[0].length });
  }
  return found.sort((a, b) => a.start - b.start);
}

/** Eight groups, or `::` in place of some; at least two groups and a digit, so that `a::b` of a program and 12:30:45 stay. */
function isIpv6(text: string): boolean {
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const halves = (tail?.[1] === undefined ? text : `${tail[1]}0:0`).split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  if (!groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return false;
  if (!/\d/.test(text) || groups.length < 2) return false;
  return halves.length === 2 ? groups.length < 8 : groups.length === 8;
}

const international = /(?<![\w+])(?:\+|(?<!\d )00(?=[1-9]\d{0,2}[ ./(-]))\d[\d ./()-]{6,30}/g;
const groupsOfDigits = /^\+?\d+(?:(?:[ ./-]|\)[ -]?|[ -]?\()\d+)*$/;
/** National numbers, by the separators that people write in them: bounded by nothing that makes them a part of a longer number or an amount. */
const nationalShapes = [
  // With an area code in brackets: (030) 123456, (555) 123-4567
  String.raw`\(0?\d{2,5}\)[ /-]?\d{3,4}(?:[ -]?\d{2,5}){0,3}`,
  // North America: 555-123-4567, 1-555-123-4567, 555.123.4567
  String.raw`(?:1[-.])?[2-9]\d{2}([-.])\d{3}\1\d{4}`,
  // In pairs: 06 12 34 56 78
  String.raw`0[1-9](?:[ .-]\d{2}){4}`,
  // With the national zero: 030 1234567, 0171/123 45 67
  String.raw`0[1-9]\d{1,4}[ /-]\d{3,8}(?:[ -]\d{2,5}){0,3}`,
];
const national = new RegExp(String.raw`(?<![\w.,:/#+-])(?<!\d )(?:${nationalShapes.join('|')})(?![\w/]|[-.,:]\d)`, 'g');

/** Numbers that are written as people write telephone numbers; plain digits, dates, versions and amounts stay. */
export function findPhones(text: string): Span[] {
  const found: Span[] = [];
  for (const match of text.matchAll(international)) {
    const number = withoutTail(match[0]);
    const end = match.index + number.length;
    if (number !== '' && !/^(?:\w|[-.,:]\d)/.test(text.slice(end, end + 2))) found.push({ start: match.index, end });
  }
  let covered = 0;
  const abroad = found.length;
  for (const match of text.matchAll(national)) {
    const digits = countDigits(match[0]);
    const span = { start: match.index, end: match.index + match[0].length };
    while (covered < abroad && (found[covered]?.end ?? 0) <= span.start) covered += 1;
    if (digits < 8 || digits > 15 || (covered < abroad && (found[covered]?.start ?? 0) < span.end)) continue;
    found.push(span);
  }
  return found.sort((a, b) => a.start - b.start);
}

/** At most 15 digits (ITU-T E.164), without what follows the number in a sentence; empty where it is none. */
function withoutTail(candidate: string): string {
  let number = candidate;
  while (countDigits(number) >= 8) {
    number = number.replace(/[^\d]+$/, '');
    if (countDigits(number) <= (number.startsWith('00') ? 17 : 15) && groupsOfDigits.test(number)) return number;
    number = number.replace(/\d+$/, '');
  }
  return '';
}

function countDigits(text: string): number {
  return text.replace(/\D/g, '').length;
}
