import type { SuitePrompt, SuiteProvider } from './types.js';

/** promptfoo's rule for `prompts` and `providers`: a name itself, `start*`, or the group before a colon (`team` is `team:a`). */
export function matchesNames(names: readonly string[], wanted: readonly string[]): boolean {
  return wanted.some((each) =>
    names.some((name) => name === each || name.startsWith(`${each}:`) || (each.endsWith('*') && name.startsWith(each.slice(0, -1)))),
  );
}

/** What a suite may call a prompt; promptfoo calls one without a label by its text. */
export function promptNames({ label, id, name, file, text }: SuitePrompt): string[] {
  return [label, name ?? null, id, file, text].filter((each) => each !== null);
}

export function providerNames({ label, id }: Pick<SuiteProvider, 'label' | 'id'>): string[] {
  return label === null ? [id] : [label, id];
}
