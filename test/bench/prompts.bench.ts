/** Finding and reading 2,000 prompt files of 4 KiB, and one keystroke in a prompt of 200 KiB. */
import { test } from 'vitest';
import { createConfigService } from '../../src/engine/config/service.js';
import { parsePrompt } from '../../src/engine/prompts/parse.js';
import { createPromptService } from '../../src/engine/prompts/service.js';
import { engineContext } from '../support/engineContext.js';
import { temporaryFolder } from '../support/temporary.js';

const sentence = 'Answer the customer in {{ language }} and keep to the facts of the documents that follow below.\n';
const body = sentence.repeat(38);
const shapes: [string, (index: number) => string][] = [
  [
    'prompty',
    (index) =>
      `---\nname: p/${String(index)}\nsample:\n  language: English\n---\nsystem:\n${body}{% if x %}{{ x | trim }}{% endif %}\nuser:\n{{ question }}\n`,
  ],
  [
    'prompt',
    (index) => `---\nmodel: m\nname: d/${String(index)}\n---\n{{role "system"}}\n${body}{{#if x}}{{x}}{{/if}}{{role "user"}}{{question}}\n`,
  ],
  [
    'prompt.yml',
    (index) =>
      `name: g/${String(index)}\nmessages:\n  - role: system\n    content: |\n${body.replace(/^(?=.)/gmu, '      ')}  - role: user\n    content: "{{question}}"\n`,
  ],
];

test('2,000 prompt files of 4 KiB', async ({ bench }) => {
  const root = temporaryFolder(
    Object.fromEntries(
      Array.from({ length: 2000 }, (_, index) => {
        const [extension, make] = shapes[index % shapes.length] ?? ['prompty', () => ''];
        return [`prompts/${String(index % 50)}/p${String(index)}.${extension}`, make(index)];
      }),
    ),
  );
  const context = engineContext(root);
  const warm = createPromptService(context, { config: createConfigService(context) });
  const options = { iterations: 5, time: 0, warmupIterations: 1, warmupTime: 0 };
  const list = async (): Promise<void> => {
    const documents = await createPromptService(context, { config: createConfigService(context) }).list();
    if (documents.length !== 2000) throw new Error(String(documents.length));
  };
  await bench('list, nothing cached (goal: under 1 s)', list).run(options);
  await bench('list again, all cached', async () => {
    await warm.list();
  }).run(options);
});

test('a keystroke in a prompt of 200 KiB (goal: under 10 ms)', async ({ bench }) => {
  let typed = 0;
  for (const [extension, make] of shapes) {
    const large = make(1).replace(/(?: {6})?Answer[^\n]*\n/u, (line) => line.repeat(2000));
    const options = { iterations: 20, time: 0, warmupIterations: 3, warmupTime: 0 };
    const keystroke = (): void => {
      typed += 1;
      parsePrompt(`a.${extension}`, large.replace('Answer', `Answer${String(typed)}`));
    };
    await bench(extension, keystroke).run(options);
  }
});
