/**
 * What a log or a table has beside the fields that we know (`plan`, `country`, `app_version`): attributes, by which a score can be split. Nobody
 * named them, so only what can hardly be a person or a text becomes one: a short word or number under a key that names neither. Whatever else is
 * wanted takes a `map` (`attributes.plan: $.plan`).
 */
import { isObject, setOwn, textOf, type Json } from './values.js';

/** Of one record, in the order in which they stand there. */
const mostColumns = 16;
const longestKey = 40;
const longestText = 40;
const mostWords = 3;

/** Words of a key that stand for a way to reach a person, for what is theirs alone, for a secret, for a text, or for what differs in each record. */
const blocked = wordSet(
  'id ids uid uuid guid no nr num number name names username firstname lastname fullname surname nickname nick handle avatar login email mail mails',
  'phone telephone tel mobile cell fax ip ipv4 ipv6 host hostname address addr street zip zipcode postcode postal lat lon lng latitude longitude geo',
  'iban card account accounts ssn tax passport birth birthday birthdate dob age gender sex token secret password passwd pwd key apikey auth',
  'authorization cookie signature url uri href link hash sha sha256 md5 digest checksum fingerprint session thread conversation trace span request',
  'correlation order ticket invoice contract reference ref serial time timestamp datetime date ts at text txt message messages body content html',
  'title subject note notes remark remarks description summary explanation justification transcript prompt',
);

/** Words for people: such a key is one of them (`customer`, `client_ref`), unless it ends in what they have in common with many (`customer_tier`). */
const people = wordSet(
  'user users customer client member employee staff patient person owner author contact agent operator reviewer annotator rater buyer seller company',
  'tenant organization organisation org',
);
const inCommon = wordSet(
  'plan tier type kind class segment group cohort role level status country region language locale industry size platform version app channel',
);

/** Fields of our own schema, whatever stands in them. */
const ownFields = wordSet(
  'schema id time observed_time revision user session interaction_id trace_id span_id signal actor prompt score label text correction input output',
  'retrieval system rollout review source attributes version implied',
);

function wordSet(...lines: string[]): ReadonlySet<string> {
  return new Set(lines.join(' ').split(' '));
}

/** What was found of keys and values before: a log has the same ones in each line. */
const tellingKeys = new Map<string, boolean>();
const plainTexts = new Map<string, boolean>();
const mostKnown = 2000;

function remembered(known: Map<string, boolean>, text: string, look: (text: string) => boolean): boolean {
  let found = known.get(text);
  if (found === undefined) {
    found = look(text);
    if (known.size < mostKnown) known.set(text, found);
  }
  return found;
}

function looksTelling(key: string): boolean {
  if (key.length > longestKey || !/^\p{L}[\p{L}\p{N} _-]*$/u.test(key) || ownFields.has(key)) return false;
  const words = key
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[ _-]+/);
  if (words.some((word) => blocked.has(word))) return false;
  return !words.some((word) => people.has(word)) || inCommon.has(words.at(-1) ?? '');
}

/** A yes or no, a number of few digits, or a few words that are neither a text nor somebody's number. */
function isPlain(value: unknown): boolean {
  if (typeof value === 'boolean') return true;
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && text.length > 0 && text.length <= longestText && remembered(plainTexts, text, looksPlain);
}

function looksPlain(text: string): boolean {
  // Letters and digits, with what joins them in names of models, places and versions.
  if (!/^-?[\p{L}\p{N}][\p{L}\p{M}\p{N} .,_+&/()%-]*$/u.test(text) || text.split(/ +/).length > mostWords) return false;
  // Phones, cards, accounts; times and days; addresses; ids.
  if (!/\p{L}/u.test(text)) return text.replace(/\P{Nd}/gu, '').length < 7 && !/^\d+(?:\.\d+){3}$/.test(text);
  return !/\d{9}|^\d{4}-\d\d-\d\d|^[0-9a-f]{8}-[0-9a-f]{4}-|^(?=.*\d)[0-9a-f]{12,}$/i.test(text);
}

/**
 * Lays the columns of `record` that are none of `taken` under `loose.attributes`, where it names none of that key itself. A column that repeats the
 * user or the session is one too many.
 */
export function addExtraColumns(record: Json, loose: Json, taken: (key: string) => boolean): void {
  const persons = [textOf(loose['user']), textOf(loose['session'])];
  let attributes: Json | null = null;
  let count = 0;
  for (const key of Object.keys(record)) {
    if (taken(key) || !remembered(tellingKeys, key, looksTelling)) continue;
    const value = record[key];
    if (!isPlain(value) || persons.includes(textOf(value))) continue;
    if (count === mostColumns) break;
    count++;
    attributes ??= { ...(isObject(loose['attributes']) ? loose['attributes'] : {}) };
    if (!Object.hasOwn(attributes, key)) setOwn(attributes, key, value);
  }
  if (attributes !== null) loose['attributes'] = attributes;
}
