/** Kinds that read the answer as XML. */
import { SaxesParser } from 'saxes';
import { isRecord } from '../../config/yaml.js';
import { short, textOf, verdict } from './outcome.js';
import { NotEvaluated, type Handlers, type Outcome } from './types.js';

export const xmlHandlers: Handlers = {
  'is-xml': ({ value, input }) => isXml(input.output, requiredIn(value)),
  'contains-xml': ({ value, input }) => containsXml(input.output, requiredIn(value)),
};

/** The parser looks for a namespace in all elements around one, so depth costs its square. */
const maxDepth = 1000;

interface Element {
  name: string;
  children: Element[];
}

/** Paths such as `order.item.price`, from the outermost element: a text with commas, a list, or `{ requiredElements }`. */
function requiredIn(value: unknown): string[] {
  if (value === null || value === undefined || value === '') return [];
  const given: unknown = isRecord(value) ? value['requiredElements'] : value;
  if (isRecord(value) && Object.keys(value).length > 0 && !Array.isArray(given))
    throw new NotEvaluated('its value is a text, a list or { requiredElements }');
  const list = Array.isArray(given) ? given.map(textOf) : typeof given === 'string' ? given.split(',') : [];
  return list.map((path) => path.trim());
}

/** Well-formed by XML 1.0 with namespaces. Nothing that a DTD names is fetched or read. */
function isXml(text: string, required: readonly string[]): Outcome {
  const root: Element = { name: '', children: [] };
  const stack = [root];
  const parser = new SaxesParser({ xmlns: true });
  parser.on('opentag', ({ name }) => {
    if (stack.length > maxDepth) throw new NotEvaluated('the XML nests too deep');
    const element: Element = { name, children: [] };
    stack.at(-1)?.children.push(element);
    stack.push(element);
  });
  parser.on('closetag', () => {
    stack.pop();
  });
  try {
    parser.write(text).close();
  } catch (error) {
    if (error instanceof NotEvaluated) throw error;
    return verdict(false, `The answer is not well-formed XML: ${short(error instanceof Error ? error.message : String(error))}`);
  }
  return withRequired([root.children], required, 'is well-formed XML');
}

/** Elements whose tags are closed, anywhere in the text; what stands between the tags is not looked at, as for promptfoo. */
function containsXml(text: string, required: readonly string[]): Outcome {
  const groups = closedElements(text);
  if (groups.length === 0) return verdict(false, 'The answer contains no XML element');
  return withRequired(groups, required, 'contains XML');
}

/** All of the paths must be found in the same group of neighbours. */
function withRequired(groups: readonly (readonly Element[])[], required: readonly string[], what: string): Outcome {
  if (required.length === 0) return verdict(true, `The answer ${what}`);
  let fewest = required;
  for (const group of groups) {
    const missing = required.filter((path) => !has(group, path.split('.')));
    if (missing.length === 0) return verdict(true, `The answer ${what} with the elements that are asked for`);
    if (missing.length < fewest.length) fewest = missing;
  }
  return verdict(false, `The XML lacks: ${short(fewest.join(', '))}`);
}

/** Any of several elements of a name may be the one on the path (promptfoo finds no path through elements that recur). */
function has(elements: readonly Element[], [name, ...rest]: readonly string[]): boolean {
  if (name === undefined) return true;
  return elements.some((element) => element.name === name && has(element.children, rest));
}

/** A tag with its attributes. */
const tag = /<(\/?)([\p{L}_:][\p{L}\p{N}_:.-]*)(?:\s(?:[^<>"']|"[^"]*"|'[^']*')*)?(\/?)>/uy;

/** The outermost closed elements, those with the same place around them together. A closing tag that closes nothing ends all that is open. */
function closedElements(text: string): Element[][] {
  const outermost: Element[] = [];
  const inner: Element[][] = [];
  let stack: Element[] = [];
  const closeAll = (): void => {
    // Elements inside of ones that were never closed are outermost themselves, with their neighbours.
    for (const open of stack) inner.push(open.children);
    stack = [];
  };
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at)) {
    const declared = endOfDeclaration(text, at);
    // One that does not end takes the rest of the text.
    if (declared === -1) break;
    if (declared !== null) {
      at = declared;
      continue;
    }
    tag.lastIndex = at;
    const match = tag.exec(text);
    at = match === null ? at + 1 : tag.lastIndex;
    const name = match?.[2];
    if (match === null || name === undefined) continue;
    if (match[1] === '/') {
      const last = stack.at(-1);
      if (last?.name !== name) closeAll();
      else {
        stack.pop();
        (stack.at(-1)?.children ?? outermost).push(last);
      }
    } else if (match[0].endsWith('/>')) (stack.at(-1)?.children ?? outermost).push({ name, children: [] });
    else stack.push({ name, children: [] });
  }
  closeAll();
  return [outermost, ...inner].filter((group) => group.length > 0);
}

/** Behind a comment, a CDATA section or another declaration; -1 where it does not end, `null` where there is none. */
function endOfDeclaration(text: string, at: number): number | null {
  const [, end] = declarations.find(([start]) => text.startsWith(start, at)) ?? [];
  if (end === undefined) return null;
  const found = text.indexOf(end, at);
  return found === -1 ? -1 : found + end.length;
}

const declarations: readonly [start: string, end: string][] = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
  ['<!', '>'],
];
