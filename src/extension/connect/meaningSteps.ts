/** Steps that say who says a metric and on which range: what its source cannot tell is asked once, and stands in config.yaml. */
import * as vscode from 'vscode';
import type { ScoreMeaningParams, SourcePreviewResult } from '../../shared/sourceProtocol.js';
import { back, inputStep, pickStep } from '../views/steps.js';
import type { Flow } from './context.js';
import { plain } from './mapping.js';
import { meanings, parseRange, ranges } from './scores.js';

type Metric = NonNullable<SourcePreviewResult['metrics']>[number];

export async function askMeaning(flow: Flow, name: string, metric: Metric | undefined): Promise<void> {
  const title = vscode.l10n.t('Who Says "{0}"?', plain(name));
  const examples =
    metric === undefined || metric.examples.length === 0 ? '' : vscode.l10n.t('For example {0}', plain(metric.examples.join(', ')));
  for (;;) {
    const who = await pickStep({
      title,
      step: flow.step,
      totalSteps: flow.totalSteps,
      placeholder: examples === '' ? vscode.l10n.t('Experts and users are never counted together') : examples,
      items: meanings.map((item) => ({ label: item.label, description: item.description, item })),
      active: undefined,
      canGoBack: true,
    });
    if (who === back) return;
    const { meaning, ranged } = who.item;
    const range = ranged ? await askRange(flow, name, examples) : {};
    if (range === null) continue;
    flow.draft = { ...flow.draft, scores: { ...flow.draft.scores, [name]: { ...meaning, ...range } } };
    return;
  }
}

async function askRange(flow: Flow, name: string, examples: string): Promise<ScoreMeaningParams | null> {
  const other = vscode.l10n.t('$(edit) Another Range…');
  const choice = await pickStep({
    title: vscode.l10n.t('Which Range Has "{0}"?', plain(name)),
    step: flow.step,
    totalSteps: flow.totalSteps,
    placeholder: examples === '' ? vscode.l10n.t('The range that it can have, not the values that occurred') : examples,
    items: [
      ...ranges.map(({ label, min, max }) => ({ label, description: '', range: { min, max } })),
      ...ranges.slice(0, 1).map(({ label, min, max }) => ({
        label: vscode.l10n.t('{0}, Lower Is Better', label),
        description: '',
        range: { min, max, higherIsBetter: false },
      })),
      { label: other, description: vscode.l10n.t('also where lower is better'), range: null },
    ],
    canGoBack: true,
  });
  if (choice === back) return null;
  if (choice.range !== null) return choice.range;
  const typed = await inputStep({
    title: vscode.l10n.t('Which Range Has "{0}"?', plain(name)),
    step: flow.step,
    totalSteps: flow.totalSteps,
    prompt: vscode.l10n.t('Worst and best value, for example 0 to 3; best first where lower is better: 3 to 0'),
    value: '',
    fault: (text) => (readRange(text) === null ? vscode.l10n.t('Write it like 0 to 3.') : null),
  });
  return typed === back ? null : readRange(typed);
}

/** `3 to 0` is 0 to 3 with lower values better. */
function readRange(text: string): ScoreMeaningParams | null {
  const range = parseRange(text);
  if (range !== null) return range;
  const turned = parseRange(
    text
      .split(/\.\.|to|–|,|;/)
      .reverse()
      .join(' to '),
  );
  return turned === null ? null : { ...turned, higherIsBetter: false };
}
