/**
 * Text from logs, prompts and workspaces inside a hover. It is untrusted: every character that Markdown could read as markup is
 * escaped, so that no link, image, command or HTML can come from it.
 */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\r\n\t]+/g, ' ')
    .replace(/[\\`*_{}[\]()#+\-.!|~<>&$:@/]/g, (character) =>
      /[<>&:@/$]/.test(character) ? `&#${String(character.charCodeAt(0))};` : `\\${character}`,
    )
    .trim();
}

/** At most `length` characters, cut at a character and not in the middle of one. */
export function shorten(text: string, length: number): string {
  const characters = Array.from(text);
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}
