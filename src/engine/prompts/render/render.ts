import { EngineError } from '../../errors.js';
import type { ChatMessage, ContentPart, Role } from '../../ports.js';
import { roleMarkers } from '../formats/prompty.js';
import { roleOf, scanTags } from '../layout.js';
import type { Layout, LayoutMessage } from '../layout.js';
import { layoutOf } from '../parse.js';
import type { TextMap } from '../textMap.js';
import type { PromptDocument, RenderedPrompt } from '../types.js';
import { display, missing, offsetAt, RenderBudget, TemplateFault } from './budget.js';
import { renderHandlebars } from './handlebars.js';
import { renderJinja } from './jinja.js';
import { renderMustache } from './mustache.js';
import { mediaPart, renderEntry, withParts } from './parts.js';

type Vars = Record<string, unknown>;

/** A string that neither template nor values contain: what it marks cannot be forged by a value. */
function freeMark(template: string, vars: Vars): string {
  const taken = template + ((JSON.stringify(vars) as string | undefined) ?? '');
  for (let number = 0; ; number += 1) {
    const mark = `\uE000${String(number)}\uE001`;
    if (!taken.includes(mark)) return mark;
  }
}

function renderReplace(source: string, vars: Vars, budget: RenderBudget): string {
  return source.replace(/\{\{\s*([\w.-]+)\s*\}\}/gu, (_, name: string, offset: number) => {
    const value = Object.hasOwn(vars, name) ? vars[name] : undefined;
    if (value === undefined || value === null) throw missing(name, offset);
    const text = typeof value === 'object' ? JSON.stringify(value) : display(value, budget);
    budget.size(text.length);
    return text;
  });
}

function renderText(source: string, dialect: Layout['dialect'], vars: Vars, budget: RenderBudget): string {
  switch (dialect) {
    case 'jinja':
      return renderJinja(source, vars, budget);
    case 'mustache':
      return renderMustache(source, vars, budget);
    case 'handlebars':
      return renderHandlebars(source, vars, { mark: freeMark(source, vars) }, budget);
    case 'replace':
      return renderReplace(source, vars, budget);
    case 'none':
      return source;
  }
}

/** Marks changed the columns of their own lines only, so a fault's place is found again by its line. */
function renderMarked(template: string, original: string, layout: Layout, vars: Vars, budget: RenderBudget): string {
  try {
    return renderText(template, layout.dialect, vars, budget);
  } catch (error) {
    if (!(error instanceof TemplateFault) || error.offset === null) throw error;
    const before = template.slice(0, error.offset).split('\n');
    const offset = offsetAt(original, before.length - 1, before.at(-1)?.length ?? 0);
    throw new TemplateFault(error.code, error.message, offset, error.variable);
  }
}

const dynamicRole = /^[ \t]*(?:#[ \t]*)?(\{\{[^{}\n]*\}\})[ \t]*:[ \t]*$/gmu;

/**
 * Prompty renders the body as a whole (a loop may span roles) and splits it at its role lines. The lines are marked before
 * rendering, so that a value with a line `system:` in it stays text.
 */
function renderPrompty(layout: Layout, body: TextMap, vars: Vars, budget: RenderBudget): ChatMessage[] {
  const mark = freeMark(body.text, vars);
  const images = freeMark(body.text + mark, vars);
  let template = '';
  let place = 0;
  for (const marker of roleMarkers(body.text, scanTags(body.text, layout.dialect).tags)) {
    const lineEnd = body.text[marker.end - 1] === '\n' ? marker.end - 1 : marker.end;
    template += `${body.text.slice(place, marker.start)}${mark}${marker.role}${mark}`;
    place = lineEnd;
  }
  template += body.text.slice(place);
  if (layout.dialect === 'jinja') template = template.replace(imageTag, (image) => images + image + images);
  template = template.replace(dynamicRole, (_, tag: string) => `${mark}${tag}${mark}`);
  const [before = '', ...pieces] = renderMarked(template, body.text, layout, vars, budget).split(mark);
  const messages: ChatMessage[] = [];
  const add = (role: Role, content: string): void => {
    messages.push({ role, content });
  };
  if (before.trim() !== '') add('system', before);
  for (let index = 0; index + 1 < pieces.length; index += 2) {
    const name = pieces[index] ?? '';
    const content = pieces[index + 1] ?? '';
    const role = roleOf(name);
    const last = messages.at(-1);
    if (role !== null) add(role, content);
    else if (last === undefined) add('system', `${name}:${content}`);
    else last.content += `${name}:${content}`;
  }
  return messages.map(({ role, content }) => ({ role, ...withImages(content.replace(/^\n+|\n+$/gu, ''), images) }));
}

/** Images as Markdown writes them. They are marked before rendering: one in a value is a text, and sends nobody anywhere. */
const imageTag = /!\[([^\]\n]*)\]\(((?:\{\{[^{}\n]*\}\}|[^()\s{}])+)\)/gu;

/** Splits a rendered message at its marked images. Only addresses and data can be sent; a path of a file stays text. */
function withImages(content: string, mark: string): Pick<ChatMessage, 'content' | 'parts'> {
  if (!content.includes(mark)) return { content };
  const parts: ContentPart[] = [];
  content.split(mark).forEach((piece, index) => {
    const url = /^!\[[^\]]*\]\(([\s\S]*)\)$/u.exec(piece)?.[1]?.trim() ?? '';
    if (index % 2 === 1 && /^(?:https?:\/\/|data:)/u.test(url)) parts.push(mediaPart(url));
    else if (piece !== '') parts.push({ type: 'text', text: piece });
  });
  return withParts(parts);
}

/** Splits the text at dotprompt's role and history markers the way dotprompt does; there is no history here. */
function splitDotprompt(text: string, mark: string): ChatMessage[] {
  const messages: { role: string; content: string; parts: ContentPart[] }[] = [{ role: 'user', content: '', parts: [] }];
  text.split(mark).forEach((piece, index) => {
    const last = messages.at(-1);
    if (last === undefined || piece.trim() === '') return;
    if (index % 2 === 0) {
      last.content += piece;
      last.parts.push({ type: 'text', text: piece });
    } else if (piece.startsWith('media:')) {
      const [, type = '', url = ''] = /^media:([^:]*):([\s\S]*)$/u.exec(piece) ?? [];
      last.parts.push(mediaPart(url, type));
    } else if (piece === 'history') messages.push({ role: 'model', content: '', parts: [] });
    else if (last.content.trim() === '' && last.parts.every((part) => part.type === 'text')) last.role = piece.slice('role:'.length);
    else messages.push({ role: piece.slice('role:'.length), content: '', parts: [] });
  });
  return messages.filter(({ parts }) => parts.length > 0).map(({ role, parts }) => ({ role: roleOf(role) ?? 'user', ...withParts(parts) }));
}

function renderDotprompt(body: TextMap, hasFrontMatter: boolean, vars: Vars, budget: RenderBudget): ChatMessage[] {
  // dotprompt trims the template only where there is front matter.
  const lead = hasFrontMatter ? body.text.length - body.text.trimStart().length : 0;
  const template = hasFrontMatter ? body.text.trim() : body.text;
  const mark = freeMark(template, vars);
  try {
    return splitDotprompt(renderHandlebars(template, vars, { mark }, budget), mark);
  } catch (error) {
    if (!(error instanceof TemplateFault) || error.offset === null) throw error;
    throw new TemplateFault(error.code, error.message, error.offset + lead, error.variable);
  }
}

function explain(document: PromptDocument, map: TextMap, base: number, error: unknown): Error {
  if (!(error instanceof TemplateFault)) return error instanceof Error ? error : new Error(String(error));
  const start = error.offset === null ? null : map.start(Math.min(base + error.offset, map.text.length));
  const line = start === null ? null : document.text.slice(0, start).split('\n').length;
  const where = line === null ? document.file : `${document.file}, line ${String(line)}`;
  const next =
    error.code === 'VARIABLE_MISSING' ? ' Give it a value or a default.' : error.message.includes('. ') ? '' : ' Mend the template.';
  const message = `${error.message} (${where}).${next}`;
  const range = start === null ? null : { start, end: Math.min(start + (error.variable?.length ?? 1), document.text.length) };
  return new EngineError(error.code, message, { variable: error.variable, file: document.file, prompt: document.id, line, range });
}

function renderMessage(document: PromptDocument, layout: Layout, message: LayoutMessage, vars: Vars, budget: RenderBudget): ChatMessage {
  try {
    const content = renderText(message.map.text.slice(message.start, message.end), layout.dialect, vars, budget);
    return { role: message.role, content };
  } catch (error) {
    throw explain(document, message.map, message.start, error);
  }
}

/**
 * The messages that a model gets for these variables. Values of the front matter stand in for inputs that are left out.
 * Throws VARIABLE_MISSING with the name and the place, TEMPLATE_FAILED, PROMPT_TOO_LARGE.
 */
export function renderPrompt(document: PromptDocument, given: Vars): RenderedPrompt {
  const blocking = document.problems.find((problem) => problem.code === 'PROMPT_TOO_LARGE' || problem.code === 'PROMPT_UNREADABLE');
  if (blocking !== undefined) throw new EngineError('PROMPT_INVALID', blocking.message, { file: document.file });
  const layout = layoutOf(document);
  const vars = { ...layout.defaults, ...given };
  const budget = new RenderBudget();
  const { body } = layout;
  if (layout.chat !== undefined) {
    const text = (message: LayoutMessage): string => renderMessage(document, layout, message, vars, budget).content;
    const own = (template: string): string => {
      try {
        return renderText(template, layout.dialect, vars, budget);
      } catch (error) {
        if (!(error instanceof TemplateFault)) throw error;
        throw new EngineError(error.code, `${error.message} (${document.file}). Give it a value.`, {
          variable: error.variable,
          file: document.file,
        });
      }
    };
    return { messages: layout.chat.map((entry) => renderEntry(entry, text, own)) };
  }
  if (body === null) return { messages: layout.messages.map((message) => renderMessage(document, layout, message, vars, budget)) };
  try {
    const messages =
      layout.format === 'prompty' ? renderPrompty(layout, body, vars, budget) : renderDotprompt(body, body.start(0) > 1, vars, budget);
    return { messages };
  } catch (error) {
    throw explain(document, body, 0, error);
  }
}
