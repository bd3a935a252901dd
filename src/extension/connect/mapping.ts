/** Words of the connect steps: plain functions over the preview, so that they can be tested without an editor. */
import type { SourceParams, SourcePreviewResult } from '../../shared/sourceProtocol.js';

export type Mapping = NonNullable<SourceParams['map']>;

/** Fields that a record may be mapped to; names as in config.yaml. */
export const canonicalFields: readonly { name: string; label: string; detail: string }[] = [
  { name: 'prompt.name', label: 'Prompt', detail: 'id of the prompt that was served' },
  { name: 'prompt.version', label: 'Version', detail: 'without it feedback counts for the prompt as served' },
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

/** Fields that a column of a team's table may hold; names as in `tables:` of config.yaml. */
export const columnFields: readonly { name: string; label: string; detail: string }[] = [
  { name: 'id', label: 'Id', detail: 'a row that is read again is known by it' },
  { name: 'time', label: 'Time', detail: 'when the feedback was given' },
  { name: 'interaction_id', label: 'Interaction', detail: 'joins a rating with its answer' },
  { name: 'prompt', label: 'Prompt', detail: 'id of the prompt that was served' },
  { name: 'version', label: 'Version', detail: 'without it feedback counts for the prompt as served' },
  { name: 'user', label: 'User', detail: 'shown as a pseudonym only; one user counts once' },
  { name: 'signal', label: 'Signal', detail: 'for example explicit.rating or explicit.thumb' },
  { name: 'actor', label: 'Who Says It', detail: 'end_user, expert, llm_judge or code' },
  { name: 'y', label: 'Score', detail: 'already between 0 and 1' },
  { name: 'text', label: 'Comment', detail: 'what the user wrote' },
  { name: 'correction', label: 'Correction', detail: 'what the answer should have been' },
];

export function fieldWords(mapping: Mapping[string] | undefined): string {
  if (mapping === undefined) return 'by its usual name';
  return typeof mapping === 'string' ? `from ${plain(mapping)}` : `always ${plain(JSON.stringify(mapping.const))}`;
}

/** Text of a log as one line of a pick: `$(…)` in it must not become an icon. */
export function plain(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('$(', '$ (');
}

type PreviewRecord = SourcePreviewResult['records'][number];

/** Records as rows; neighbours that fail for the same reason are one row. */
export function describeRecords(records: readonly PreviewRecord[]): ReturnType<typeof describeRecord>[] {
  const rows: { first: PreviewRecord; last: PreviewRecord }[] = [];
  for (const record of records) {
    const row = rows.at(-1);
    if (row !== undefined && record.problem !== null && row.last.problem === record.problem) row.last = record;
    else rows.push({ first: record, last: record });
  }
  return rows.map(({ first, last }) => {
    const row = describeRecord(first);
    if (first === last) return row;
    return {
      ...row,
      label: first.line === 0 ? '$(warning) Several records' : `$(warning) Lines ${String(first.line)} to ${String(last.line)}`,
    };
  });
}

/** One record of the preview as a row. */
export function describeRecord(record: PreviewRecord): { label: string; description: string; detail?: string } {
  // What came from a server has no line.
  const label = record.line === 0 ? 'Record' : `Line ${String(record.line)}`;
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
