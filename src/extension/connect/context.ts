/** What the steps of *Connect a Feedback Source…* share. */
import * as vscode from 'vscode';
import type { SourceParams } from '../../shared/sourceProtocol.js';
import type { Services } from '../services.js';
import { toParams, type Draft } from './draft.js';
import { kindOf, type StepName } from './kinds.js';

/** Where to go on: `next` and `back` by the order of the steps, or a step by its name. */
export type Move = 'next' | 'back' | StepName;

export interface Flow {
  services: Services;
  folder: vscode.WorkspaceFolder;
  draft: Draft;
  /** Names of the sources that there are. */
  taken: readonly string[];
  /** For the title of the present step. */
  step: number;
  totalSteps: number;
}

/** What an unfinished connect left; of one window. */
export interface KeptDraft {
  draft: Draft | null;
}

export function paramsOf(flow: Flow): SourceParams {
  return toParams(flow.draft, flow.taken);
}

export function titleOf({ draft }: Flow): string {
  return draft.kind === null ? vscode.l10n.t('Connect a Feedback Source') : vscode.l10n.t('Connect: {0}', kindOf(draft.kind).label);
}
