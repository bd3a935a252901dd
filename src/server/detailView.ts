/** One piece of feedback with what only the server can add: the prompt as it was served, and where the record lies. */
import { isAbsolute, join } from 'node:path';
import { EngineError } from '../engine/errors.js';
import type { FeedbackDetail } from '../shared/documents.js';
import type { FeedbackDetailView } from '../shared/protocol.js';
import type { Session } from './session.js';

type Rendered = Pick<FeedbackDetailView, 'rendered' | 'renderedProblem'>;

export async function detailView(session: Session, id: string): Promise<FeedbackDetailView | null> {
  const detail = await session.engine.feedback.detail(id);
  if (detail === null) return null;
  return { ...detail, ...(await rendered(session, detail)), url: webAddress(detail.url), file: await fileOf(session, detail) };
}

/** The version's own text with the interaction's variables: never the text of another version. */
async function rendered(session: Session, { row, interaction }: FeedbackDetail): Promise<Rendered> {
  const not = (renderedProblem: string | null): Rendered => ({ rendered: null, renderedProblem });
  if (interaction === null || row.prompt === null) return not(null);
  if (row.version === null) return not('The version that answered is not known, so its prompt is not shown.');
  const { prompts, versions } = session.engine;
  try {
    const document = await prompts.get(row.prompt);
    const text = await versions.content(row.prompt, row.version);
    const { messages } = prompts.render(prompts.parse(document.file, text), interaction.variables);
    return { rendered: messages.map(({ role, content }) => ({ role, text: content })), renderedProblem: null };
  } catch (error) {
    if (!EngineError.is(error)) throw error;
    return not(`The prompt of ${row.version} cannot be shown as it was served: ${error.message}`);
  }
}

function webAddress(url: string | null | undefined): string | null {
  if (url == null || !URL.canParse(url)) return null;
  return ['http:', 'https:'].includes(new URL(url).protocol) ? url : null;
}

/** Only of a source whose path names one log that is read in place: of several files it is not known which. */
async function fileOf(session: Session, { row, file }: FeedbackDetail): Promise<string | null> {
  if (row.line === null) return null;
  const { config } = await session.engine.config.load();
  const source = config.sources.find(({ name }) => name === row.source);
  if (source?.kind !== 'jsonl' || source.path === undefined) return null;
  const path = file ?? (/[*?[\]{}]|\.gz$/.test(source.path) ? null : source.path);
  return path === null ? null : isAbsolute(path) ? path : join(session.root, path);
}
