import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePrompt } from '../../../src/engine/prompts/parse.js';
import { candidateOf, insertAfter, mergeHunks, remove, replace } from '../../../src/engine/optimizer/hunks.js';
import { LeakLint } from '../../../src/engine/optimizer/leak.js';
import { lint } from '../../../src/engine/optimizer/lints.js';
import { sentencesOf } from '../../../src/engine/optimizer/segments.js';
import type { Hunk } from '../../../src/engine/optimizer/types.js';
import { Simulation } from '../../simulator/services.js';
import { World } from '../../simulator/world.js';

const why = { theme: null, evidence: [], proposer: 'test' };

const prompty = `---
name: support/triage
---
system:
You are an agent. Read the message of {{customer}} first. Then decide.
Explain why.

\`\`\`json
{"a": 1}. Not a sentence.
\`\`\`
<!-- prompt:frozen -->
Never promise a refund.
<!-- /prompt:frozen -->
Be brief.

user:
{{message}}
`;

const yaml = `name: orders/find
messages:
  - role: system
    content: |-
      You copy order numbers.
      Explain what you do.

      Be careful.
  - role: user
    content: "Message: {{message}}"
`;

describe('sentencesOf', () => {
  it('numbers sentences, never cuts a placeholder or a fence, and knows what is frozen', () => {
    const sentences = sentencesOf(parsePrompt('a.prompty', prompty));
    expect(sentences.map((sentence) => [sentence.n, sentence.text, sentence.editable])).toEqual([
      [1, 'You are an agent.', true],
      [2, 'Read the message of {{customer}} first.', false],
      [3, 'Then decide.', true],
      [4, 'Explain why.', true],
      [5, '```json\n{"a": 1}. Not a sentence.\n```', false],
      [6, '<!-- prompt:frozen -->', false],
      [7, 'Never promise a refund.', false],
      [8, '<!-- /prompt:frozen -->', false],
      [9, 'Be brief.', true],
      [10, '{{message}}', false],
    ]);
  });
});

describe('hunks', () => {
  const document = parsePrompt('a.prompty', prompty);
  const sentences = sentencesOf(document);
  const sentence = (n: number) => {
    const found = sentences.find((each) => each.n === n);
    if (found === undefined) throw new Error(`no sentence ${String(n)}`);
    return found;
  };
  const textOf = (hunks: Hunk[]): string => {
    const candidate = candidateOf(document, { proposer: 'test', summary: '', hunks });
    if (typeof candidate === 'string') throw new Error(candidate);
    return candidate.text;
  };

  it('takes a sentence with its white space, and a line with its line end', () => {
    expect(textOf([remove(document, sentence(3), why)])).toBe(prompty.replace(' Then decide.', ''));
    expect(textOf([remove(document, sentence(4), why)])).toBe(prompty.replace('\nExplain why.', ''));
    expect(textOf([remove(document, sentence(1), why)])).toBe(prompty.replace('You are an agent. ', ''));
  });

  it('adds at the end of a line on a line of its own, else in the line', () => {
    expect(textOf([insertAfter(document, sentence(9), 'One word only.', why)])).toBe(
      prompty.replace('Be brief.', 'Be brief.\nOne word only.'),
    );
    expect(textOf([insertAfter(document, sentence(1), 'You are kind.', why)])).toBe(
      prompty.replace('agent. Read', 'agent. You are kind. Read'),
    );
  });

  it('merges what is apart and refuses what overlaps', () => {
    const a = [replace(sentence(4), 'Say why.', why)];
    expect(mergeHunks(a, [remove(document, sentence(4), why)])).toBeNull();
    expect(mergeHunks(a, [remove(document, sentence(9), why)])).toHaveLength(2);
    expect(mergeHunks(a, a)).toHaveLength(1);
  });

  it('leaves no empty line where a message loses its first sentences', () => {
    const plain = parsePrompt('b.prompty', '---\nname: b\n---\nsystem:\nOne.\nTwo.\nThree.\n\nuser:\n{{x}}\n');
    const [one, two, three] = sentencesOf(plain);
    if (one === undefined || two === undefined || three === undefined) throw new Error('three sentences');
    const both = candidateOf(plain, { proposer: 't', summary: '', hunks: [remove(plain, one, why), remove(plain, two, why)] });
    expect(both).toMatchObject({ text: '---\nname: b\n---\nsystem:\nThree.\n\nuser:\n{{x}}\n' });
    const all = candidateOf(plain, {
      proposer: 't',
      summary: '',
      hunks: [...[one, two, three].map((each) => remove(plain, each, why)), insertAfter(plain, three, 'Four.', why)],
    });
    expect(all).toMatchObject({ text: '---\nname: b\n---\nsystem:\nFour.\n\nuser:\n{{x}}\n' });
  });

  it('keeps the indentation of a YAML block and the line ends of a CRLF file', () => {
    const block = parsePrompt('p.prompt.yml', yaml);
    const [first] = sentencesOf(block);
    if (first === undefined) throw new Error('no sentence');
    const added = candidateOf(block, { proposer: 't', summary: '', hunks: [insertAfter(block, first, 'One.\nTwo.', why)] });
    expect(added).toMatchObject({ text: yaml.replace('order numbers.', 'order numbers.\n      One.\n      Two.') });
    const crlf = parsePrompt('a.prompty', prompty.replaceAll('\n', '\r\n'));
    const place = sentencesOf(crlf).find((each) => each.text === 'Be brief.');
    if (place === undefined) throw new Error('no sentence');
    const changed = candidateOf(crlf, { proposer: 't', summary: '', hunks: [insertAfter(crlf, place, 'A.\nB.', why)] });
    expect(changed).toMatchObject({ text: prompty.replace('Be brief.', 'Be brief.\nA.\nB.').replaceAll('\n', '\r\n') });
  });

  it('never loses a placeholder or a frozen character, whatever is edited', () => {
    let kept = 0;
    const context = {
      parent: document,
      prompts: new Simulation(new World({ family: 'null', seed: 1 })).services.prompts,
      leak: new LeakLint([], prompty),
      inputs: [{ customer: 'Ada', message: 'hello there' }],
    };
    const edit = fc.record({
      op: fc.constantFrom('remove', 'replace', 'insert'),
      n: fc.integer({ min: 1, max: sentences.length }),
      text: fc.stringMatching(/^[A-Za-z ,.\n]{1,40}$/u),
    });
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 5 }), (edits) => {
        let hunks: Hunk[] = [];
        for (const { op, n, text } of edits) {
          const target = sentence(n);
          if (op !== 'insert' && !target.editable) continue;
          const hunk =
            op === 'remove'
              ? remove(document, target, why)
              : op === 'replace'
                ? replace(target, text, why)
                : insertAfter(document, target, text, why);
          hunks = mergeHunks(hunks, [hunk]) ?? hunks;
        }
        const candidate = candidateOf(document, { proposer: 't', summary: '', hunks });
        if (typeof candidate === 'string' || lint(candidate, context) !== null) return;
        kept += 1;
        const child = parsePrompt('a.prompty', candidate.text);
        expect(child.placeholders.map((each) => each.raw)).toEqual(document.placeholders.map((each) => each.raw));
        expect(candidate.text).toContain('<!-- prompt:frozen -->\nNever promise a refund.\n<!-- /prompt:frozen -->');
        expect(candidate.text).toContain('```json\n{"a": 1}. Not a sentence.\n```');
        expect(candidate.text.startsWith('---\nname: support/triage\n---\nsystem:\n')).toBe(true);
      }),
      { numRuns: 500, seed: 7 },
    );
    expect(kept).toBeGreaterThan(250);
  });
});
