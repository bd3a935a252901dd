/** What *Add a Model…* has gathered so far. A key is not among it: that goes to the secret storage at once. */
import type { ModelParams, ModelServer } from '../../shared/modelProtocol.js';

export interface ModelDraft {
  provider: 'openai' | 'vscode';
  /** Empty for models of VS Code. */
  baseUrl: string;
  model: string;
  /** Variable of the environment that holds the key; empty: the secret storage, or none. */
  keyVariable: string;
  name: string;
  /** What the place lists, where it was asked already. */
  listed: string[];
}

export const emptyDraft: ModelDraft = { provider: 'openai', baseUrl: '', model: '', keyVariable: '', name: '', listed: [] };

export function ofServer({ baseUrl, models }: ModelServer): ModelDraft {
  return { ...emptyDraft, baseUrl, listed: models };
}

/** A name for config.yaml: the model's own without what it cannot hold, and none that is taken. */
export function freeName(model: string, taken: readonly string[]): string {
  const base = (model.split('/').at(-1) ?? model).replace(/[^\w.-]+/gu, '-').replace(/^-+|-+$/gu, '') || 'model';
  let name = base;
  for (let number = 2; taken.includes(name); number += 1) name = `${base}-${String(number)}`;
  return name;
}

export function toParams({ provider, baseUrl, model, keyVariable, name }: ModelDraft): ModelParams {
  return {
    name: name === '' ? model : name,
    provider,
    model,
    ...(baseUrl === '' ? {} : { baseUrl }),
    ...(keyVariable === '' ? {} : { key: `\${env:${keyVariable}}` }),
  };
}

/** Why a text is no address of an endpoint; `null` where it is one. */
export function addressFault(text: string): 'none' | 'credentials' | null {
  if (!URL.canParse(text)) return 'none';
  const { protocol, username, password } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:') return 'none';
  return username === '' && password === '' ? null : 'credentials';
}
