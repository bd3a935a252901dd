/** One piece of feedback with what only the server can add: the prompt as it was served, and where the record lies. */
import { EngineError } from '../engine/errors.js';
import type { FeedbackDetail } from '../shared/documents.js';
import type { FeedbackDetailView } from '../shared/protocol.js';
import { toAbsolute } from './convert.js';
import type { Session } from './session.js';

type Rendered = Pick<FeedbackDetailView, 'rendered' | 'renderedProblem'>;

export async function detailView(session: Session, id: string): Promise<FeedbackDetailView | null> {
  const detail = await session.engine.feedback.detail(id);
  if (detail === null) return null;
  const { file } = detail;
  return {
    ...detail,
    ...(await rendered(session, detail)),
    url: webAddress(detail.url),
    file: file == null || detail.row.line === null ? null : toAbsolute(session.root, file),
  };
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
    if (error.code === 'VERSION_NOT_FOUND')
      return not(`The text of ${row.version} is not kept here, so the prompt is not shown as it was served.`);
    return not(`The prompt of ${row.version} cannot be shown as it was served: ${error.message}`);
  }
}

function webAddress(url: string | null | undefined): string | null {
  if (url == null || !URL.canParse(url)) return null;
  return ['http:', 'https:'].includes(new URL(url).protocol) ? url : null;
}
