/** Items between commas; one in quotes may hold commas, and quotes as `""` or `\"`. Empty items are left out. */
export function listItems(text: string): string[] {
  return [...text.matchAll(/\s*(?:"((?:[^"\\]|\\[\s\S]|"")*)"\s*(?=,|$)|([^,]+))/gu)]
    .map(([, quoted, plain]) => (quoted === undefined ? (plain ?? '').trim() : quoted.replace(/""|\\(["\\])/gu, (pair) => pair.slice(1))))
    .filter((item) => item !== '');
}
