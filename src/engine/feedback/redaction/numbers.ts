/** Check digits: cards (Luhn) and bank accounts (IBAN, ISO 7064 mod 97-10). */
import type { Span } from './span.js';

/** Groups of digits with single blanks or hyphens between them. */
const digitGroups = /(?<![\w.+-])\d+(?:[ -]\d+){0,400}(?!\w)/g;

/** First digits of the networks (ISO/IEC 7812), and how many digits theirs have. Others are order numbers and times. */
const networks: readonly { begins: RegExp; lengths: readonly number[] }[] = [
  { begins: /^3[47]/, lengths: [15] },
  { begins: /^3(?:0[0-5]|[689])/, lengths: [14, 16, 19] },
  { begins: /^35/, lengths: [16, 17, 18, 19] },
  { begins: /^4/, lengths: [13, 16, 19] },
  { begins: /^(?:5[1-5]|2[2-7])/, lengths: [16] },
  { begins: /^(?:5[06-9]|6)/, lengths: [13, 14, 15, 16, 17, 18, 19] },
];

/** 13 to 19 digits of a payment card that pass Luhn, together or in groups as on the card. */
export function findCards(text: string): Span[] {
  const found: Span[] = [];
  digitGroups.lastIndex = 0;
  for (let match = digitGroups.exec(text); match !== null; match = digitGroups.exec(text)) {
    if (match[0].length < 13) continue;
    let at = match.index;
    const groups = match[0].split(/[ -]/).map((digits) => {
      const group = { digits, start: at };
      at += digits.length + 1;
      return group;
    });
    for (let first = 0; first < groups.length; first++) {
      const end = longestCard(groups, first);
      if (end === null) continue;
      const last = groups[end];
      const start = groups[first];
      if (last === undefined || start === undefined) break;
      found.push({ start: start.start, end: last.start + last.digits.length });
      first = end;
    }
  }
  return found;
}

/** Number of the last group. The first of several has four digits, and only the last one less than four. */
function longestCard(groups: readonly { digits: string }[], first: number): number | null {
  let digits = '';
  let longest: number | null = null;
  for (let index = first; index < groups.length; index++) {
    const group = groups[index]?.digits ?? '';
    digits += group;
    if (digits.length > 19) break;
    if (isCard(digits)) longest = index;
    if (index === first ? group.length !== 4 : group.length < 4 || group.length > 6) break;
  }
  return longest;
}

function isCard(digits: string): boolean {
  return networks.some(({ begins, lengths }) => lengths.includes(digits.length) && begins.test(digits)) && luhn(digits);
}

function luhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48;
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** Length of an IBAN by country (ISO 13616 registry). */
const ibanLengths = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 ' +
    'FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 ' +
    'MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 ' +
    'SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((each) => [each.slice(0, 2), Number(each.slice(2))] as const),
);

const ibanStart = /(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?=[ -]?[A-Za-z0-9])/g;

/** Of the length that its country has, compact or in groups with a blank or hyphen between them, and with the right check digits. */
export function findIbans(text: string): Span[] {
  const found: Span[] = [];
  ibanStart.lastIndex = 0;
  for (let match = ibanStart.exec(text); match !== null; match = ibanStart.exec(text)) {
    const length = ibanLengths.get(match[0].slice(0, 2).toUpperCase());
    if (length === undefined) continue;
    let compact = '';
    let at = match.index;
    for (; at < text.length && compact.length < length; at++) {
      const char = text.charAt(at);
      if (/[A-Za-z0-9]/.test(char)) compact += char;
      else if ((char !== ' ' && char !== '-') || !/[A-Za-z0-9]/.test(text.charAt(at + 1))) break;
    }
    if (compact.length < length || /[A-Za-z0-9]/.test(text.charAt(at)) || !mod97(compact.toUpperCase())) continue;
    found.push({ start: match.index, end: at });
    ibanStart.lastIndex = at;
  }
  return found;
}

/** Letters count as 10 to 35, the first four characters come last; the whole number leaves 1. */
function mod97(iban: string): boolean {
  let rest = 0;
  for (const char of iban.slice(4) + iban.slice(0, 4)) {
    const value = parseInt(char, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}
