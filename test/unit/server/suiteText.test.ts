import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { withCase, type NewCase } from '../../../src/server/suiteText.js';

const added: NewCase = {
  description: 'where is it: my parcel',
  vars: { question: 'Where is\nmy parcel? #1' },
  assert: [{ type: 'equals', value: 'shipping' }],
  comments: ['From feedback f-1.'],
};
const head = 'prompts:\n  - "file://a.prompty"\n';

interface Suite {
  tests: unknown[];
}

const kept = { description: added.description, vars: added.vars, assert: added.assert };

describe('withCase', () => {
  it('adds behind the last case of a block list and leaves every other byte as it was', () => {
    const before =
      '# ours\ntests: # the cases\n    - description: one\n      vars: { question: a } # kept\n    # the last\n    - vars:\n        question: |\n          two\n          lines\n      assert:\n        - { type: contains, value: x } # why\n\n# behind\noptions:   {}\n';
    const { text, range } = withCase(before, head, added);
    const block = text.slice(range.start, range.end);
    expect(text.replace(block, '')).toBe(before);
    expect(block.startsWith('    # From feedback f-1.\n    - description:')).toBe(true);
    expect((parse(text) as Suite).tests).toHaveLength(3);
    expect((parse(text) as Suite).tests[2]).toEqual(kept);
    expect(text).toContain('# behind\noptions:   {}');
  });

  it('begins a suite that is not there, and one without tests', () => {
    const fresh = withCase('', head, added);
    expect(parse(fresh.text)).toEqual({ prompts: ['file://a.prompty'], tests: [kept] });
    const bare = withCase('# only\nprompts: [file://a.prompty]', head, added);
    expect(bare.text.startsWith('# only\nprompts: [file://a.prompty]\ntests:\n')).toBe(true);
    expect((parse(bare.text) as Suite).tests).toEqual([kept]);
  });

  it('keeps a table of cases and adds to it, and adds to a list in flow style', () => {
    const table = withCase('# c\nprompts: [file://a.prompty]\ntests: file://a.csv # table\n', head, added);
    expect((parse(table.text) as Suite).tests).toEqual(['file://a.csv', kept]);
    expect(table.text.startsWith('# c\n')).toBe(true);
    const flow = withCase('tests: [{ vars: { question: a } }]\n', head, added);
    expect((parse(flow.text) as Suite).tests).toEqual([{ vars: { question: 'a' } }, kept]);
    const empty = withCase('tests: []\n', head, added);
    expect((parse(empty.text) as Suite).tests).toEqual([kept]);
  });

  it('keeps the line ends of the file', () => {
    const { text, range } = withCase('tests:\r\n  - vars: { question: a }\r\n', head, added);
    expect(text.replaceAll('\r\n', '')).not.toContain('\n');
    expect((parse(text) as Suite).tests[1]).toEqual(kept);
    expect(text.slice(range.start, range.end)).toMatch(/^ {2}# From feedback/);
  });

  it('touches no suite that cannot be read', () => {
    expect(() => withCase('tests: [', head, added)).toThrow(/cannot be read as YAML/);
    expect(() => withCase('- a\n', head, added)).toThrow(/cannot be read as YAML/);
  });

  it('lets no text of a log become anything but a text', () => {
    const hostile = 'x"\n- evil: &a [*a]\n# y: !!js/function "z"\n\u0000';
    const { text } = withCase('tests:\n  - vars: { question: a }\n', head, { ...added, vars: { question: hostile }, comments: [] });
    expect((parse(text) as Suite).tests[1]).toMatchObject({ vars: { question: hostile } });
  });
});
