/** Substitutions are made in rounds, so that a variable may name one that names another; a circle ends with the rounds. */
const rounds = 5;
const maxLength = 1024 * 1024;

/**
 * The variables of a case as promptfoo hands them to templates: `{{ name }}` in a text is replaced by the variable of that name,
 * and one line end at the end of a text is dropped. Unlike there, a value that grows over 1 MiB is left as it is.
 */
export function resolveVars(vars: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const resolved: Record<string, unknown> = Object.fromEntries(
    Object.entries(vars).map(([name, value]) => [name, typeof value === 'string' ? value.replace(/\r?\n$/u, '') : value]),
  );
  for (let round = 0; round < rounds; round++) {
    let changed = false;
    for (const [name, value] of Object.entries(resolved)) {
      if (typeof value !== 'string' || !value.includes('{{')) continue;
      const text = value.replace(/\{\{\s*(\w+)\s*\}\}/gu, (placeholder, other: string) => {
        const found = Object.hasOwn(resolved, other) && other !== name ? resolved[other] : undefined;
        return typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean' ? String(found) : placeholder;
      });
      if (text === value || text.length > maxLength) continue;
      resolved[name] = text;
      changed = true;
    }
    if (!changed) break;
  }
  return resolved;
}
