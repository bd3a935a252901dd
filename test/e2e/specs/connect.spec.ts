/** From a folder with a prompt and logs to a score, by hand: *Connect a Feedback Source…* for a log that is read as it is and for one that needs a mapping. */
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { closeBrowser, openWorkbench } from '../harness.js';
import type { Opened } from '../harness.js';

const lines = (count: number, line: (index: number) => object): string =>
  Array.from({ length: count }, (_, index) => `${JSON.stringify(line(index))}\n`).join('');

let from = '';
let opened: Opened;

const config = (): string => join(opened.folder, '.ratchet/config.yaml');
const prompt = (name: RegExp) => opened.workbench.tree('Prompts').getByRole('treeitem', { name });

describe('Connect a Feedback Source…', () => {
  beforeAll(async () => {
    from = mkdtempSync(join(tmpdir(), 'ratchet-connect-'));
    mkdirSync(join(from, 'prompts'));
    mkdirSync(join(from, 'logs'));
    writeFileSync(
      join(from, 'prompts/answer.prompty'),
      '---\nname: answer\ninputs:\n  question:\n    type: string\n---\nsystem:\nAnswer the question.\n\nuser:\n{{question}}\n',
    );
    writeFileSync(
      join(from, 'logs/plain.jsonl'),
      lines(40, (index) => ({ user: `u${String(index)}`, answer: 'It is on its way.', rating: index % 4 === 0 ? 5 : 2 })),
    );
    writeFileSync(
      join(from, 'logs/odd.jsonl'),
      lines(40, (index) => ({ ev: { who: `w${String(index)}` }, verdict: { stars: 9, note: index === 0 ? 'fine $(trash)' : null } })),
    );
    opened = await openWorkbench({ from });
    await opened.workbench.openView('Prompt Ratchet');
    await prompt(/no feedback yet/).click({ timeout: 60_000 });
  });
  afterAll(async () => {
    await opened.close();
    await closeBrowser();
    rmSync(from, { recursive: true, force: true });
  });

  it('reads the log of three fields as it is, writes nothing before it is saved, and shows the score', async () => {
    const { workbench } = opened;
    await workbench.codeLens('Connect Feedback…').click();
    await workbench.pick(/A File or Glob/);
    await workbench.pick(/plain\.jsonl/);
    await workbench.option(/40 of|20 of the first 20 records are understood/).waitFor();
    await workbench.option(/Line 2.*answer · no version · explicit\.rating · score 0\.25/).waitFor();
    await workbench.pick(/Use It Like This/);
    await workbench.option(/Save and Read the Feedback/).waitFor();
    await workbench.editorTab(/config\.yaml: add plain/).waitFor();
    expect(existsSync(config())).toBe(false);
    await workbench.pick(/Save and Read the Feedback/);
    await prompt(/answer: low quality; score 0\.\d\d, 95 % interval .* 40 users/).waitFor({ timeout: 60_000 });
    expect(parse(readFileSync(config(), 'utf8'))).toMatchObject({ sources: [{ name: 'plain', kind: 'jsonl', path: 'logs/plain.jsonl' }] });
    // The prompt that was open is still there.
    await workbench.editorTab('answer.prompty').waitFor();
  });

  it('shows what is appended to the log without a reload', async () => {
    appendFileSync(
      join(opened.folder, 'logs/plain.jsonl'),
      lines(5, (index) => ({ user: `new${String(index)}`, answer: 'No.', rating: 1 })),
    );
    const from = performance.now();
    await prompt(/45 users/).waitFor({ timeout: 30_000 });
    console.log(`Appended feedback was in the Prompts view after ${((performance.now() - from) / 1000).toFixed(2)} s.`);
  });

  it('lets an odd log be mapped by JSON path, field by field, with the first value beside each path', async () => {
    const { workbench, page } = opened;
    await workbench.command('Prompt Ratchet: Connect a Feedback Source…');
    await workbench.pick(/A File or Glob/);
    await workbench.pick(/odd\.jsonl/);
    // Nothing of it is understood, so that using it is not offered.
    await workbench.option(/Lines 1 to 20.*no known field/).waitFor();
    expect(await workbench.option(/Use It Like This/).count()).toBe(0);
    const map = async (field: string, choice: RegExp, constant?: string): Promise<void> => {
      await workbench.quickInput().fill(field);
      await workbench.pick(new RegExp(`${field}.*by its usual name`));
      await workbench.pick(choice);
      if (constant !== undefined) {
        await page.locator('.quick-input-message').getByText('in every record').waitFor();
        await workbench.quickInput().fill(constant);
        await page.keyboard.press('Enter');
      }
      await workbench.option(/First records|Line/).waitFor();
    };
    await map('User', /\$\.ev\.who.*w0/);
    await map('Rating', /\$\.verdict\.stars.*9/);
    await map('Highest Rating', /Always the Same/, '10');
    await map('Lowest Rating', /Always the Same/, '0');
    await map('Comment', /\$\.verdict\.note.*fine \$ \(trash\)/);
    await workbench.option(/20 of the first 20 records are understood/).waitFor();
    await workbench.pick(/Use It Like This/);
    await workbench.pick(/Save and Read the Feedback/);
    await prompt(/85 users/).waitFor({ timeout: 60_000 });
    expect(parse(readFileSync(config(), 'utf8'))).toMatchObject({
      sources: [
        { name: 'plain' },
        {
          name: 'odd',
          map: {
            user: '$.ev.who',
            'score.raw': '$.verdict.stars',
            'score.max': { const: 10 },
            'score.min': { const: 0 },
            text: '$.verdict.note',
          },
        },
      ],
    });
  });
});
