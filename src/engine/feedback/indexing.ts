/** From what was read to what is stored: raw user ids end here. */
import { lineDigest, type Pseudonyms } from './identity.js';
import type { ReadFeedback, ReadInteraction } from './records.js';
import type { StoredFeedback, StoredInteraction } from './store.js';

type Names = Pick<Pseudonyms, 'of' | 'isWithheld'>;

export interface Place {
  offset: number;
  length: number;
  line: number;
  text: string;
}

export function storedInteraction(record: ReadInteraction, place: Place, pseudonyms: Names): StoredInteraction {
  return {
    ...common(record, place, pseudonyms),
    variant: record.variant,
    status: record.status,
    retries: record.retries,
    latencyMs: record.latencyMs,
    implied: record.implied,
  };
}

export function storedFeedback(record: ReadFeedback, place: Place, pseudonyms: Names): StoredFeedback {
  const base = common(record, place, pseudonyms);
  // Somebody who was purged: what that person wrote is not even kept to be found.
  const withheld = pseudonyms.isWithheld(base.user ?? base.session, record.interaction);
  return {
    ...base,
    interaction: record.interaction,
    signal: record.signal,
    actor: record.actor,
    y: record.y,
    stratum: record.stratum,
    comment: withheld ? null : record.text,
    correction: withheld ? null : record.correction,
  };
}

function common(record: ReadInteraction | ReadFeedback, place: Place, pseudonyms: Names) {
  const { prompt } = record;
  return {
    id: record.id,
    offset: place.offset,
    length: place.length,
    line: place.line,
    revision: record.revision,
    updated: record.updated,
    time: record.time,
    digest: lineDigest(place.text),
    prompt: prompt.name,
    orOnlyPrompt: prompt.orOnlyPrompt,
    version: prompt.version,
    link: prompt.link,
    sha256: prompt.sha256,
    user: record.user === null ? null : pseudonyms.of(record.user),
    session: record.session === null ? null : pseudonyms.of(record.session),
  };
}
