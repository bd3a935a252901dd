/** `--segment key`: the score by a value of each record, such as the plan of the customer. */
import type { EngineContext } from '../../api.js';
import type { IndexView } from '../indexView.js';
import { splitLines } from '../lines.js';
import type { RecordAccess } from '../recordAccess.js';
import type { ReadRecord } from '../records.js';
import type { Location } from '../store.js';

/**
 * Value of `key` for each row that has one: an attribute of the feedback, else an attribute or an input variable of its
 * interaction. The index holds no text, so the records are read once more, each file from its start to its end.
 */
export async function segmentValues(
  context: EngineContext,
  view: IndexView,
  access: RecordAccess,
  rows: readonly number[],
  key: string,
): Promise<Map<number, string>> {
  const { feedbackStore } = context.ports;
  const servedBy = view.columns.feedback.columns.interaction;
  const served = [...new Set(rows.map((n) => servedBy.array[n] ?? -1).filter((n) => n >= 0))];
  const own = await readValues(context, view, access, await feedbackStore.locateFeedback(rows), 'feedback', key);
  const joined = await readValues(context, view, access, await feedbackStore.locateInteractions(served), 'interaction', key);
  const values = new Map<number, string>();
  for (const n of rows) {
    const value = own.get(n) ?? joined.get(servedBy.array[n] ?? -1);
    if (value !== undefined) values.set(n, value);
  }
  return values;
}

async function readValues(
  context: EngineContext,
  view: IndexView,
  access: RecordAccess,
  locations: readonly Location[],
  kind: ReadRecord['kind'],
  key: string,
): Promise<Map<number, string>> {
  const values = new Map<number, string>();
  const byFile = new Map<number, Map<number, Location>>();
  for (const location of locations) {
    const places = byFile.get(location.file) ?? new Map<number, Location>();
    places.set(location.offset, location);
    byFile.set(location.file, places);
  }
  for (const [id, places] of byFile) {
    const file = view.columns.files.get(id);
    if (file === undefined) continue;
    for await (const lines of splitLines(context.ports.fs.stream(file.path), 0)) {
      for (const line of lines) {
        const location = places.get(line.offset);
        if (location === undefined || line.text === null) continue;
        const record = access.parse(line.text, file, location).find((each) => each.kind === kind && each.id === location.id);
        const value = record === undefined ? undefined : valueOf(record, key);
        if (value !== undefined) values.set(location.n, value);
      }
    }
  }
  return values;
}

function valueOf(record: ReadRecord, key: string): string | undefined {
  const name = key.replace(/^(?:attributes|input\.variables|variables)\./, '');
  if (Object.hasOwn(record.attributes, name)) return record.attributes[name];
  if (record.kind === 'interaction' && Object.hasOwn(record.variables, name)) return record.variables[name];
  return undefined;
}
