import { describe, expect, it } from 'vitest';
import { ALPHA_TOTAL, alphaOf, Ledger } from '../../../src/engine/optimizer/ledger.js';
import { MemoryFiles, memoryDocuments, stillClock } from '../../simulator/memory.js';

const cases = Array.from({ length: 40 }, (_, i) => `c${String(i)}`);

function ledgers() {
  const files = new MemoryFiles();
  return { files, open: (prompt = 'p') => new Ledger(memoryDocuments(files), '/w', stillClock, prompt, 's.eval.yaml') };
}

function question(n: number) {
  return { suggestion: `s-${String(n).padStart(10, '0')}`, parentSha: 'a', candidateSha: `b${String(n)}` };
}

describe('Ledger', () => {
  it('spends alpha_j = A / (j (j + 1)), never more than A in all', async () => {
    expect([1, 2, 3].map(alphaOf)).toEqual([0.05, ALPHA_TOTAL / 6, ALPHA_TOTAL / 12]);
    const ledger = ledgers().open();
    let sum = 0;
    for (let n = 1; n <= 200; n++) sum += (await ledger.ask(question(n), cases)).alpha;
    expect(sum).toBeLessThan(ALPHA_TOTAL);
    expect(sum).toBeGreaterThan(0.099);
  });

  it('survives a restart, and leaves the rest of the registry alone', async () => {
    const { files, open } = ledgers();
    const registry = {
      schema: 'promptratchet.registry/1',
      prompts: { p: { file: 'p.prompty', versions: [], pointers: {} } },
      decisions: { other: 1 },
      later: { kept: true },
    };
    files.files.set('/w/.ratchet/registry.json', JSON.stringify(registry));
    await open().ask(question(1), cases);
    await open().answer(question(1).suggestion, 'refused', 0.4);
    expect(await open().state(cases)).toMatchObject({
      position: 1,
      alpha: ALPHA_TOTAL / 6,
      spent: 0.05,
      questions: [{ outcome: 'refused', p: 0.4 }],
    });
    expect(JSON.parse(files.files.get('/w/.ratchet/registry.json') ?? '')).toMatchObject({
      prompts: registry.prompts,
      decisions: { other: 1 },
      later: { kept: true },
    });
  });

  it('gives an interrupted question back, and charges a new one', async () => {
    const ledger = ledgers().open();
    const asked = await ledger.ask(question(1), cases);
    expect(await ledger.ask(question(1), cases)).toEqual(asked);
    expect((await ledger.ask({ ...question(2), candidateSha: 'b1' }, cases)).j).toBe(2);
  });

  it('keeps one account for each prompt', async () => {
    const { open } = ledgers();
    await open('p').ask(question(1), cases);
    expect(await open('q').state(cases)).toMatchObject({ position: 0, alpha: 0.05 });
  });

  it('starts a new epoch when three in ten held-out cases were never used', async () => {
    const ledger = ledgers().open();
    await ledger.ask(question(1), cases);
    const fewer = [...cases.slice(10), ...Array.from({ length: 10 }, (_, i) => `n${String(i)}`)];
    expect(await ledger.state(fewer)).toMatchObject({ epoch: 1, alpha: ALPHA_TOTAL / 6 });
    const fresh = [...cases.slice(12), ...Array.from({ length: 12 }, (_, i) => `n${String(i)}`)];
    expect(await ledger.state(fresh)).toMatchObject({ epoch: 2, alpha: 0.05, spent: 0, position: 1 });
    // Cases taken away are no new ones.
    expect(await ledger.state(cases.slice(0, 20))).toMatchObject({ epoch: 1 });
  });
});
