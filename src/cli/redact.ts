const secretName = /(KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS?)S?$/i;

/** Replaces the values of key-like environment variables, so that no message of a model library can show one. */
export function redactKeys(text: string, env: Record<string, string | undefined>): string {
  let safe = text;
  for (const [name, value] of Object.entries(env)) {
    // Shorter values are no keys, and would blot out ordinary words.
    if (value !== undefined && value.length >= 8 && secretName.test(name)) {
      safe = safe.replaceAll(value, `[${name}]`);
    }
  }
  return safe;
}
