/** What the steps of *Add a Model…* share. */
import type { Services } from '../services.js';
import type { ModelDraft } from './draft.js';

export interface ModelFlow {
  services: Services;
  draft: ModelDraft;
  /** Names of the models that there are. */
  taken: readonly string[];
  step: number;
}

export type ModelStep = 'place' | 'key' | 'model' | 'test' | 'save';
export type ModelMove = 'next' | 'back' | ModelStep;

export const totalSteps = 5;
