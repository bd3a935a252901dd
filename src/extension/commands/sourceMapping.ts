/** Words of the connect steps: plain functions over the preview, so that they can be tested without an editor. */
import type { SourceParams, SourcePreviewResult } from '../../shared/protocol.js';

export type Mapping = NonNullable<SourceParams['map']>;

/** Fields that a record may be mapped to; names as in config.yaml. */
export const canonicalFields: readonly { name: string; label: string; detail: string }[] = [
  { name: 'prompt.name', label: 'Prompt', detail: 'id of the prompt that was served' },
  { name: 'prompt.version', label: 'Version', detail: 'version that was served; without it feedback counts for the prompt as served' },
  { name: 'user', label: 'User', detail: 'kept as a pseudonym only; one user counts once' },
  { name: 'time', label: 'Time', detail: 'when the feedback was given' },
  { name: 'signal', label: 'Signal', detail: 'for example explicit.rating or explicit.thumb' },
  { name: 'score.raw', label: 'Rating', detail: 'the rating as the log has it' },
  { name: 'score.min', label: 'Lowest Rating', detail: 'the scale begins here' },
  { name: 'score.max', label: 'Highest Rating', detail: 'the scale ends here' },
  { name: 'text', label: 'Comment', detail: 'what the user wrote' },
  { name: 'correction', label: 'Correction', detail: 'what the answer should have been' },
  { name: 'output.text', label: 'Answer', detail: 'what the model said' },
  { name: 'interaction_id', label: 'Interaction', detail: 'joins a rating with its answer' },
];

export function fieldWords(mapping: Mapping[string] | undefined): string {
  if (mapping === undefined) return 'found by itself';
  return typeof mapping === 'string' ? mapping : `always ${JSON.stringify(mapping.const)}`;
}

/** One record of the preview as a row. `$(…)` in a log must not become an icon. */
export function describeRecord(record: SourcePreviewResult['records'][number]): { label: string; description: string; detail?: string } {
  const plain = (text: string): string => text.replace(/\s+/g, ' ').replaceAll('$(', '$ (');
  const label = `Line ${String(record.line)}`;
  if (record.problem !== null) return { label: `$(warning) ${label}`, description: plain(record.problem) };
  const description = [
    record.prompt === null ? 'no prompt' : plain(record.prompt),
    record.version === null ? 'no version' : plain(record.version),
    record.signal === null ? null : plain(record.signal),
    record.score === null ? null : `score ${record.score.toFixed(2)}`,
  ]
    .filter((part) => part !== null)
    .join(' · ');
  return record.comment === null ? { label, description } : { label, description, detail: plain(record.comment).slice(0, 200) };
}
