import { describe, expect, it } from 'vitest';
import type { EvalCase } from '../../../src/engine/evaluation/types.js';
import { assignRoles } from '../../../src/engine/optimizer/roles.js';
import { NearDuplicateIndex } from '../../../src/engine/optimizer/nearDuplicates.js';

function caseOf(id: string, message: string, metadata: Record<string, unknown> = {}): EvalCase {
  return { id, description: null, vars: { message }, assertions: [], threshold: null, metadata, file: 'x.eval.yaml', range: null };
}

const many = Array.from({ length: 400 }, (_, i) =>
  caseOf(
    `c${String(i)}`,
    `The ${String.fromCharCode(97 + (i % 26))}${String.fromCharCode(97 + ((i * 7) % 26))} gadget number ${'xyzw'.charAt(i % 4)} says ${'abcdefghij'
      .split('')
      .slice(i % 10)
      .join(' ')} to ${String.fromCodePoint(0x3b1 + (i % 24))}${String.fromCodePoint(0x410 + ((i * 11) % 32))}`,
  ),
);

describe('assignRoles', () => {
  it('holds out about half', () => {
    const { dev, heldOut, train } = assignRoles(many, 'prompt suite');
    expect(dev.length + heldOut.length).toBe(400);
    expect(heldOut.length).toBeGreaterThan(120);
    expect(heldOut.length).toBeLessThan(280);
    expect(train).toEqual([]);
  });

  it('moves no case when others are added at the end', () => {
    const before = assignRoles(many.slice(0, 150), 's');
    const after = assignRoles(many, 's');
    const heldOut = new Set(after.heldOut.map((item) => item.id));
    for (const item of before.heldOut) expect(heldOut.has(item.id)).toBe(true);
    for (const item of before.dev) expect(heldOut.has(item.id)).toBe(false);
  });

  it('keeps near-duplicates and groups together', () => {
    const cases = [
      caseOf('a', 'My parcel TR-1234 has not arrived yet, where is it?'),
      caseOf('b', 'my parcel TR-9999 has not arrived yet; where is it'),
      caseOf('c', 'How do I change my address?', { groupKey: 'user 7' }),
      caseOf('d', 'A refund, please.', { groupKey: 'user 7' }),
    ];
    const { cluster } = assignRoles(cases, 's');
    expect(cluster.get('b')).toBe(cluster.get('a'));
    expect(cluster.get('d')).toBe(cluster.get('c'));
    expect(cluster.get('c')).not.toBe(cluster.get('a'));
  });

  it('shows train cases, and tests nothing that is near to them', () => {
    const { train, dev, heldOut } = assignRoles(
      [
        caseOf('t', 'The display stays blank after the update', { split: 'train' }),
        caseOf('n', 'the display stays blank after the update!'),
        caseOf('x', 'I want my money back'),
      ],
      's',
    );
    expect(train.map((item) => item.id)).toEqual(['t']);
    expect([...dev, ...heldOut].map((item) => item.id)).toEqual(['x']);
  });
});

describe('NearDuplicateIndex', () => {
  it('finds the same words with other numbers and punctuation, and nothing else', () => {
    const index = new NearDuplicateIndex();
    index.add('Order 4711 is late, please help me.');
    expect(index.find('order 1234 is late - please help me')).toBe(0);
    expect(index.find('The app does not start on my phone')).toBeNull();
    expect(index.find('')).toBeNull();
  });
});
