/** Two words that are written as one. */
const joined =
  /(?<![\p{L}\p{N}_])(can(?=not)|d(?='ye)|gim(?=me)|gon(?=na)|got(?=ta)|lem(?=me)|more(?='n)|wan(?=na )|'t(?=is|was))(not|'ye|me|na|ta|'n|is|was)(?![\p{L}\p{N}_])/giu;

/**
 * Tokens by the rules of the Penn Treebank (MacIntyre, 1995, `tokenizer.sed`): marks stand alone, a full stop only at the end of the text,
 * `n't`, `'s`, `'ll` and their like are tokens of their own. Every pattern is linear.
 */
export function treebankTokens(text: string): string[] {
  return ` ${text.trim()} `
    .replace(/^ "/u, ' `` ')
    .replace(/(?<=[ ([{<])"/gu, '`` ')
    .replaceAll('...', ' ... ')
    .replace(/[;@#$%&?!()[\]{}<>]|--/gu, ' $& ')
    .replace(/[,:](?!\d)/gu, ' $& ')
    .replace(/(?<=[^. ])\.(?=[\])}>"' ]*$)/u, ' . ')
    .replaceAll('"', " '' ")
    .replace(/(?<=[^'])'(?= )/gu, " ' ")
    .replace(/'(?:s|m|d|ll|re|ve)(?= )|n't(?= )/giu, ' $&')
    .replace(joined, '$1 $2')
    .split(/\s+/u)
    .filter((token) => token !== '');
}
