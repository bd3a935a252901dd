/** Every generated file of the sample workspace and of the one on real messages, from seeds and the prompts as they stand. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Papa from 'papaparse';
import { bankingFiles, type Message } from './banking.js';
import { sampleFiles } from './files.js';
import { buildSample } from './sample.js';
import { versionFiles, type Edition } from './versions.js';

const AUTHOR = 'Isla Brodie <isla@thistle-and-rook.example>';

/** By path from the root of the repository. */
export function generatedFiles(root: string): Record<string, string> {
  const { log, widget, truth } = sampleFiles(buildSample());
  const sample = 'src/cli/sample';
  const read = (path: string): string => readFileSync(`${root}/${path}`, 'utf8');
  const edition = (prompt: string, file: string, time: string, message: string): Edition => ({
    prompt,
    file,
    text: read(`${sample}/${file}`),
    time,
    why: 'initial',
    message,
  });
  const answer = edition(
    'support/answer',
    'prompts/support/answer.prompt',
    '2026-11-07T09:12:44.000Z',
    'Warmer and more complete answers, as asked for at the Friday meeting',
  );
  const versions = versionFiles(
    [
      edition('orders/find-order', 'prompts/orders/find-order.prompt.yml', '2026-09-14T08:31:07.000Z', 'Find order numbers'),
      {
        ...answer,
        text: read('test/generator/editions/answer.v1.prompt'),
        time: '2026-09-15T10:02:30.000Z',
        message: 'Answer from the policies',
      },
      { ...answer, why: 'edit' },
      edition('support/summarize', 'prompts/support/summarize.prompty', '2026-10-30T15:47:12.000Z', 'Hand-over notes'),
      edition('support/triage', 'prompts/support/triage.prompty', '2026-10-21T16:20:05.000Z', 'Sort messages into teams'),
    ],
    AUTHOR,
  );
  const banking = bankingFiles(Papa.parse<Message>(read('test/fixtures/banking77/served.csv').trim(), { header: true }).data);
  return {
    'test/fixtures/banking77/logs/intents.jsonl': banking.log,
    'test/fixtures/banking77-truth.json': banking.truth,
    [`${sample}/logs/feedback.jsonl`]: log,
    [`${sample}/logs/widget-ratings.jsonl`]: widget,
    'test/fixtures/sample-truth.json': truth,
    ...Object.fromEntries(Object.entries(versions).map(([path, text]) => [`${sample}/${path}`, text])),
  };
}

export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));
