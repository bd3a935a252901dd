import type { PromptDocument, TemplateDialect } from './types.js';

const byFormat: Record<PromptDocument['format'], TemplateDialect> = {
  prompty: 'jinja',
  dotprompt: 'handlebars',
  'github-models': 'replace',
  promptfoo: 'jinja',
  text: 'none',
};

export function dialectOf(document: Pick<PromptDocument, 'format' | 'dialect'>): TemplateDialect {
  return document.dialect ?? byFormat[document.format];
}
