/** Words of *Add to Suite…*: plain functions, so that they can be tested without an editor. */

const kinds: Record<string, [one: string, many: string]> = {
  email: ['e-mail address', 'e-mail addresses'],
  phone: ['phone number', 'phone numbers'],
  card: ['card number', 'card numbers'],
  iban: ['account number', 'account numbers'],
  ip: ['IP address', 'IP addresses'],
  key: ['key', 'keys'],
};

/** `2 e-mail addresses and 1 phone number`; `null` where nothing was taken out. An own pattern has its own name. */
export function takenOut(redacted: Readonly<Record<string, number>>): string | null {
  const parts = Object.entries(redacted).map(([kind, count]) => {
    const [one, many] = kinds[kind] ?? [kind, kind];
    return `${String(count)} ${count === 1 ? one : many}`;
  });
  const last = parts.pop();
  if (last === undefined) return null;
  return parts.length === 0 ? last : `${parts.join(', ')} and ${last}`;
}

/** Where a new suite of a prompt goes: beside it, under a name that is not taken. */
export function newSuitePath(promptFile: string, taken: readonly string[]): string {
  const stem = promptFile.replace(/\.(prompty|prompt(\.ya?ml)?|ya?ml|txt|md|json)$/, '');
  for (let number = 1; ; number++) {
    const path =
      number === 1 ? `${stem}.eval.yaml` : number === 2 ? `${stem}.feedback.eval.yaml` : `${stem}.feedback${String(number)}.eval.yaml`;
    if (!taken.includes(path)) return path;
  }
}
