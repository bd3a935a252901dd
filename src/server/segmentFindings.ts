/** Which segments of users are worse off, for the attributes that occur most. Tests are adjusted within an attribute, as `--segment` does it. */
import type { Engine } from '../engine/api.js';
import type { ScoreDocument } from '../shared/documents.js';
import type { PromptSegments } from '../shared/protocol.js';

/** Each is a score of its own over all feedback. */
const attributesLookedAt = 3;

export interface SegmentFindings {
  attributes: string[];
  scores: ScoreDocument[];
}

export async function findSegments(engine: Engine, threshold: number | null): Promise<SegmentFindings> {
  const attributes = (await engine.feedback.attributes()).slice(0, attributesLookedAt);
  const scores: ScoreDocument[] = [];
  // What people complain about is nothing that is shown of a segment.
  const options = { themes: 'last', ...(threshold === null ? {} : { threshold }) } as const;
  for (const segment of attributes) scores.push(await engine.scoring.score({ segment, ...options }));
  return { attributes, scores };
}

export function segmentsOf({ attributes, scores }: SegmentFindings, prompt: string): PromptSegments {
  const own = scores.flatMap((document) => document.prompts.filter((score) => score.prompt === prompt));
  return {
    attributes,
    worse: own.flatMap(({ versions, current }) =>
      versions
        .filter(({ version }) => version === current)
        .flatMap(({ version, segments }) => segments.filter(({ worse }) => worse === true).map((segment) => ({ ...segment, version }))),
    ),
    targeting: own.flatMap(({ targeting = [] }) => targeting),
  };
}
