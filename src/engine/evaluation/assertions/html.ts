/** Kinds that read the answer as HTML. */
import { defaultTreeAdapter, parse, type DefaultTreeAdapterTypes } from 'parse5';
import { verdict } from './outcome.js';
import type { Handlers, Outcome } from './types.js';

export const htmlHandlers: Handlers = {
  'is-html': ({ input }) => isHtml(input.output),
  'contains-html': ({ input }) => containsHtml(input.output),
};

type Node = DefaultTreeAdapterTypes.Node;
type HtmlElement = DefaultTreeAdapterTypes.Element;

/** Elements of the HTML standard (and those of older pages that every browser still shows). */
const known = new Set(
  `html head title base link meta style body article section nav aside h1 h2 h3 h4 h5 h6 hgroup header footer address main search p hr pre
  blockquote ol ul menu li dl dt dd figure figcaption div a em strong small s cite q dfn abbr ruby rt rp data time code var samp kbd sub sup i b
  u mark bdi bdo span br wbr img iframe embed object param picture source video audio track map area svg math script noscript canvas ins del
  table caption colgroup col tbody thead tfoot tr td th form label input button select datalist optgroup option textarea output progress meter
  fieldset legend details summary dialog slot template center font`.split(/\s+/u),
);

/** Elements whose start tag alone tells that a text holds HTML. */
const telling =
  /<(?:html|head|body|div|span|p|a|img|h[1-6]|ul|ol|li|table|tr|td|th|form|input|button|script|style|link|meta|br|hr)(?![\w-])/iu;

/**
 * A page or a piece of one from end to end: the parser of the HTML standard finds an element that is written in the text (it adds `html`,
 * `head` and `body` itself), and no text stands outside of elements, unless `body` itself is written.
 */
function isHtml(output: string): Outcome {
  const text = output.trim();
  if (text === '') return verdict(false, 'The answer is empty');
  if (/^<\?xml/iu.test(text)) return verdict(false, 'The answer is XML');
  const page = parse(text, { sourceCodeLocationInfo: true });
  const body = find(page, (element) => element.tagName === 'body');
  if (body !== null && !isWritten(body) && body.childNodes.some(isVisibleText))
    return verdict(false, 'Text of the answer stands outside of HTML elements');
  const found = find(page, (element) => isWritten(element) && (known.has(element.tagName) || element.tagName.includes('-')));
  return found === null ? verdict(false, 'The answer has no HTML element') : verdict(true, 'The answer is HTML');
}

function isWritten(element: HtmlElement): boolean {
  return (
    element.sourceCodeLocation !== undefined && element.sourceCodeLocation !== null && element.sourceCodeLocation.startTag !== undefined
  );
}

function isVisibleText(node: Node): boolean {
  return defaultTreeAdapter.isTextNode(node) && node.value.trim() !== '';
}

function find(root: Node, test: (element: HtmlElement) => boolean): HtmlElement | null {
  const stack: Node[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (defaultTreeAdapter.isElementNode(node) && test(node)) return node;
    if ('childNodes' in node) for (let at = node.childNodes.length - 1; at >= 0; at--) stack.push(node.childNodes[at] as Node);
  }
  return null;
}

/** Signs of HTML and what each tells; all of them are linear. */
const signs: readonly [sign: (text: string) => boolean, weight: number][] = [
  [(text) => telling.test(text), 2],
  [(text) => /<!doctype\s+html/iu.test(text), 2],
  [(text) => /<[a-z][a-z0-9-]*(?:\s[^<>]*)?>/iu.test(text), 1],
  [(text) => /<\/[a-z][a-z0-9-]*\s*>/iu.test(text), 1],
  [(text) => /<[a-z][a-z0-9-]*(?:\s[^<>]*)?\/>/iu.test(text), 1],
  [(text) => /&(?:[a-z]{2,31}|#\d{1,7}|#x[\da-f]{1,6});/iu.test(text), 1],
  [(text) => text.includes('<!--') && text.includes('-->', text.indexOf('<!--')), 1],
  [(text) => /\s[a-z-]{1,50}=\s?(?:"[^"<>]*"|'[^'<>]*')/iu.test(text), 1],
];

/**
 * HTML somewhere in a text: two signs of it, as a tag and its end, or one that is enough, such as a `div`. A heuristic, as promptfoo's is; a
 * lone `<b>`, an entity, or `List<String>` is none.
 */
function containsHtml(text: string): Outcome {
  let weight = 0;
  for (const [sign, each] of signs) {
    if (sign(text)) weight += each;
    if (weight >= 2) return verdict(true, 'The answer contains HTML');
  }
  return verdict(false, 'The answer contains no HTML');
}
