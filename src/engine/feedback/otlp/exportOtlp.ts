/** `ratchet export otlp`: all records in the OTLP file format, one file a signal. */
import type { ExportDocument } from '../../../shared/documents.js';
import type { EngineContext } from '../../api.js';
import type { WorkspaceConfig } from '../../config/types.js';
import { shown } from '../inPlace.js';
import { ensurePrivateFolder, loadPseudonyms } from '../privateFolder.js';
import { withIndexLock } from '../pull.js';
import { createRedactor } from '../redaction/redactor.js';
import type { Json } from '../values.js';
import { allRecords } from './allRecords.js';
import { encodeOtlp } from './encode.js';

type Signal = ExportDocument['files'][number]['signal'];

const requestRecords = 500;

/** `otel.jsonl` is `otel.traces.jsonl` and `otel.logs.jsonl`: a file of the format holds one signal. */
function fileOf(out: string, signal: Signal): string {
  return /\.jsonl?$/i.test(out) ? out.replace(/\.jsonl?$/i, `.${signal}$&`) : `${out}.${signal}.jsonl`;
}

/** Users are pseudonyms always; `redact` takes personal data out of texts as well. Throws IO_FAILED, CANCELLED. */
export async function exportOtlp(
  context: EngineContext,
  config: WorkspaceConfig,
  request: { out: string; redact: boolean; signal?: AbortSignal },
): Promise<ExportDocument> {
  const { fs } = context.ports;
  const redactor = createRedactor(request.redact ? config.redaction : { kinds: [], patterns: [] });
  await ensurePrivateFolder(context);
  await fs.mkdir(`${context.root}/.ratchet/.local`);
  const pseudonyms = await withIndexLock(context, () => loadPseudonyms(context), request.signal);
  const signals: readonly Signal[] = ['traces', 'logs'];
  const files = signals.map((signal) => ({ path: fileOf(request.out, signal), signal, lines: 0, records: 0 }));
  const made: string[] = [];
  const document = { interactions: 0, feedback: 0, skipped: 0 };

  const write = async (records: readonly Json[]): Promise<void> => {
    const encoded = encodeOtlp(records);
    document.skipped += encoded.skipped;
    for (const file of files) {
      const body = encoded[file.signal];
      if (body === null) continue;
      const count = countOf(body, file.signal);
      file.lines++;
      file.records += count;
      document[file.signal === 'traces' ? 'interactions' : 'feedback'] += count;
      await fs.append(file.path, `${JSON.stringify(body)}\n`);
    }
  };

  try {
    for (const { path } of files) {
      await fs.writeNew(path, '');
      made.push(path);
    }
    let pending: Json[] = [];
    for await (const records of allRecords(context, config, { redactor, pseudonyms, signal: request.signal })) {
      pending.push(...records);
      while (pending.length >= requestRecords) {
        await write(pending.slice(0, requestRecords));
        pending = pending.slice(requestRecords);
      }
    }
    await write(pending);
  } catch (error) {
    // Half an export would look like a whole one.
    for (const path of made) await fs.remove(path);
    throw error;
  }
  return {
    schema: 'promptratchet.export/1',
    what: 'otlp',
    files: files.map(({ path, ...rest }) => ({ file: shown(context.root, path), ...rest })),
    ...document,
    redacted: request.redact ? { ...redactor.counts } : null,
  };
}

function countOf(body: Json, signal: Signal): number {
  const groups = (signal === 'traces' ? body['resourceSpans'] : body['resourceLogs']) as Json[];
  return groups.reduce((sum, group) => {
    const scopes = (signal === 'traces' ? group['scopeSpans'] : group['scopeLogs']) as Json[];
    return (
      sum + scopes.reduce((inner, scope) => inner + ((signal === 'traces' ? scope['spans'] : scope['logRecords']) as Json[]).length, 0)
    );
  }, 0);
}
