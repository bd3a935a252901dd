import { Methods, type Range } from '../../shared/protocol.js';
import { headline, people, percent } from '../quality.js';
import { inShown, shownPrompts } from '../promptBuffers.js';
import type { Session } from '../session.js';

export interface Highlight {
  range: Range;
  message: string;
}

/** A theme under this share of the complaints marks nothing: where everything is marked, nothing is. */
const leastShare = 0.1;

/** The segments that complaints point to. The message is plain text: its words come from a log. */
export async function highlightsOf(session: Session, uri: string): Promise<Highlight[]> {
  const prompts = await shownPrompts(session, uri);
  if (prompts.length === 0) return [];
  const scores = await session.scores();
  return prompts.flatMap((prompt) => {
    const row = headline(scores.prompts.find((score) => score.prompt === prompt.id));
    return (row?.themes ?? [])
      .filter((theme, index) => index === 0 || theme.share >= leastShare)
      .flatMap((theme) =>
        theme.segments.flatMap((segment) => {
          const range = inShown(prompt, segment.range);
          if (range === null) return [];
          const message = `${percent(theme.share)} of complaints (${people(theme.users)}): ${theme.label}`;
          return [{ range: prompt.positions.range(range), message }];
        }),
      );
  });
}

export function registerHighlights(session: Session): void {
  session.wire.handle(Methods.highlights, ({ uri }) =>
    session.options.inlineHighlights ? highlightsOf(session, uri) : Promise.resolve([]),
  );
}
