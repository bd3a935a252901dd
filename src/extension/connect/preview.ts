/** The step that shows how the first records are read, with the mapping and the meaning of metrics to mend. */
import * as vscode from 'vscode';
import { Methods } from '../../shared/protocol.js';
import type { SourcePreviewResult } from '../../shared/sourceProtocol.js';
import { back, pickStep } from '../views/steps.js';
import { paramsOf, titleOf, type Flow, type Move } from './context.js';
import { kindOf } from './kinds.js';
import { canonicalFields, columnFields, describeRecords, fieldWords, plain } from './mapping.js';
import { editColumn, editMapping } from './mappingSteps.js';
import { askMeaning } from './meaningSteps.js';
import { meaningWords } from './scores.js';

/** Records above the mapping: enough to see what is wrong, few enough to see the mapping too. */
const shownRecords = 5;

type Item = vscode.QuickPickItem & { value: string };

const separator = (label: string): Item => ({ label, kind: vscode.QuickPickItemKind.Separator, value: '' });

export async function pickFromPreview(flow: Flow): Promise<Move> {
  const { services } = flow;
  /** What was changed last, where the eye still is. */
  let edited: string | null = null;
  for (;;) {
    const params = paramsOf(flow);
    const preview = await services.activity.during(vscode.l10n.t('Reading {0}', params.path ?? params.url ?? params.name), () =>
      services.client.ask(Methods.sourcePreview, params),
    );
    const value = await pick(flow, preview, edited);
    if (value === 'back:') return 'back';
    if (value === 'use:') return 'next';
    edited = value;
    const [what = '', ...rest] = value.split(':');
    const name = rest.join(':');
    if (what === 'metric')
      await askMeaning(
        flow,
        name,
        preview.metrics?.find((metric) => metric.name === name),
      );
    else if (what === 'column') await editColumn(flow, name, preview);
    else if (what === 'field') await editMapping(flow, name, preview);
  }
}

async function pick(flow: Flow, preview: SourcePreviewResult, edited: string | null): Promise<string> {
  const { draft } = flow;
  const kind = kindOf(draft.kind ?? 'jsonl');
  const readable = preview.records.filter(({ problem }) => problem === null).length;
  const records = describeRecords(preview.records).map((record): Item => ({ ...record, value: '' }));
  const fields: Item[] =
    kind.map === undefined
      ? []
      : canonicalFields.map(({ name, label, detail }) => ({
          label: `$(edit) ${label}`,
          description: vscode.l10n.t('{0} · {1}', fieldWords(draft.map[name]), detail),
          value: `field:${name}`,
        }));
  const columns: Item[] =
    kind.tables === undefined
      ? []
      : columnFields.map(({ name, label, detail }) => {
          const column = draft.columns[name];
          return {
            label: `$(edit) ${label}`,
            description: `${column === undefined ? 'by its usual name' : `from column ${plain(column)}`} · ${detail}`,
            value: `column:${name}`,
          };
        });
  const metrics: Item[] = metricNames(flow, preview).map((name) => {
    const found = preview.metrics?.find((metric) => metric.name === name);
    const meaning = draft.scores[name];
    return {
      label: `$(${meaning === undefined ? 'question' : 'law'}) ${plain(name)}`,
      description: [
        meaningWords(meaning),
        ...(found === undefined ? [] : [vscode.l10n.t('{0} values: {1}', found.count, plain(found.examples.join(', ')))]),
      ].join(' · '),
      value: `metric:${name}`,
    };
  });
  const nothing = preview.records.length > 0 && readable === 0;
  const open = metrics.filter(({ label }) => label.startsWith('$(question)')).length;
  const use: Item = {
    label: vscode.l10n.t('$(check) Use It Like This…'),
    description:
      preview.records.length === 0
        ? vscode.l10n.t('there is no record yet')
        : vscode.l10n.t('{0} of the first {1} records are understood', readable, preview.records.length),
    value: 'use:',
  };
  const items: Item[] = [
    // What can't be read yet is not offered to be used, unless a metric's meaning is all that is missing.
    ...(nothing && metrics.length === 0 ? [] : [use]),
    ...preview.problems.map((problem): Item => ({ label: `$(warning) ${plain(problem)}`, value: '' })),
    ...(metrics.length === 0 ? [] : [separator(vscode.l10n.t('Who says it, and on which range?')), ...metrics]),
    ...(records.length === 0 ? [] : [separator(vscode.l10n.t('First records')), ...records.slice(0, shownRecords)]),
    ...(fields.length + columns.length === 0 ? [] : [separator(vscode.l10n.t('Mapping')), ...fields, ...columns]),
    ...(records.length > shownRecords ? [separator(vscode.l10n.t('More records')), ...records.slice(shownRecords)] : []),
  ];
  const focus = readable === preview.records.length && open === 0 ? undefined : items.find((item) => item.value === edited);
  for (;;) {
    const choice = await pickStep({
      title: titleOf(flow),
      step: flow.step,
      totalSteps: flow.totalSteps,
      placeholder: placeholder(preview, nothing, open),
      items,
      active:
        focus ??
        (open > 0 ? metrics.find(({ label }) => label.startsWith('$(question)')) : nothing ? (fields[0] ?? columns[0]) : undefined),
      canGoBack: true,
    });
    if (choice === back) return 'back:';
    // Records and problems are there to be read.
    if (choice.value !== '') return choice.value;
  }
}

function placeholder({ detected }: SourcePreviewResult, nothing: boolean, open: number): string {
  if (open > 0) return vscode.l10n.t('The source cannot say who says these metrics: choose one and tell');
  if (nothing) return vscode.l10n.t('Nothing is understood yet: choose a field below and say where it stands in a record');
  return vscode.l10n.t('Read as {0}. Choose what is to be changed, or use it', plain(detected));
}

/** Those that were found and those that were told of before. */
function metricNames({ draft }: Flow, { metrics = [] }: SourcePreviewResult): string[] {
  return [...new Set([...metrics.map(({ name }) => name), ...Object.keys(draft.scores)])];
}
