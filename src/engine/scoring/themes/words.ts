/** Words of a comment or a sentence, reduced so that forms of one word meet. */

const stop = new Set(
  (
    'a about after all also am an and any are as at be because been before being but by can could did do does doing don for from get got had has ' +
    'have having he her here him his how i if in into is it its just know like me more most much my no nor not now of off on once one only or other ' +
    'our out over own please really same she should so some such than that the their them then there these they this those through to too until up ' +
    'very was we were what when where which while who why will with would you your answer answers answered again still even even ever bot ai response'
  ).split(' '),
);

/** Lower case, one blank between words, typographic apostrophes plain. Most comments are so already: looking is cheaper than writing them again. */
export function normaliseComment(text: string): string {
  let plain = text.normalize('NFKC').toLowerCase();
  if (/[’‘`]/.test(plain)) plain = plain.replace(/[’‘`]/g, "'");
  if (/\s\s|[^\S ]/.test(plain)) plain = plain.replace(/\s+/g, ' ');
  return plain.trim();
}

/** Distinct stems in order of appearance; words of three letters at least, none that says nothing. */
export function stemsOf(text: string): string[] {
  const stems = new Set<string>();
  for (const [word] of normaliseComment(text).matchAll(/[\p{L}\p{N}][\p{L}\p{M}\p{N}']*/gu)) {
    const bare = word.replace(/'(?:s|t|re|ve|ll|d|m)?$/, '');
    if (bare.length < 3 || stop.has(bare) || stop.has(word)) continue;
    stems.add(stem(bare));
  }
  return [...stems];
}

/** Common English endings only: enough to let "refunds" and "refund", "shipping" and "shipped" meet. */
function stem(word: string): string {
  for (const ending of ['ations', 'ation', 'ingly', 'ings', 'ing', 'edly', 'ies', 'ied', 'ed', 'es', 'ly', 's']) {
    if (!word.endsWith(ending) || word.length - ending.length < 3 || word.endsWith('ss')) continue;
    const base = word.slice(0, -ending.length);
    if (ending === 'ies' || ending === 'ied') return `${base}y`;
    return /([bdfgklmnprt])\1$/.test(base) ? base.slice(0, -1) : base.replace(/e$/, '');
  }
  return word.replace(/e$/, '');
}
