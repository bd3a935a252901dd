import type { DocumentSelector } from 'vscode-languageclient/node';

/** By pattern, so that prompts keep whatever language other extensions give them. */
const patterns = [
  '**/*.{prompty,prompt}',
  '**/*.prompt.{yml,yaml}',
  '**/promptfooconfig.{yml,yaml}',
  '**/*.eval.{yml,yaml}',
  '**/prompts/**/*.{txt,md,json,yml,yaml}',
  '**/.ratchet/config.yaml',
];

export const selector: DocumentSelector = patterns.map((pattern) => ({ scheme: 'file', pattern }));
