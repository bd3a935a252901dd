import { describe, expect, it } from 'vitest';
import { createOptimizerService } from '../../../src/engine/optimizer/service.js';
import { PROMPT_FILE, PROMPT_ID, PROMPT_TEXT, Simulation, type SimulationOptions } from '../../simulator/services.js';
import { World, type WorldOptions } from '../../simulator/world.js';

function simulate(world: Partial<WorldOptions> = {}, options: SimulationOptions = {}) {
  const made = new World({ family: 'easy', seed: 4, ...world });
  const simulation = new Simulation(made, { examples: Simulation.corrections(made, 40), ...options });
  return { world: made, simulation, optimizer: createOptimizerService(simulation.context, simulation.services) };
}

const file = `/w/${PROMPT_FILE}`;

describe('suggest', () => {
  it('gives the same document for the same seed and data, and spends nothing the second time', async () => {
    const { optimizer, simulation } = simulate();
    const first = await optimizer.suggest({ prompt: PROMPT_ID });
    const calls = simulation.calls;
    expect(await optimizer.suggest({ prompt: PROMPT_ID })).toEqual(first);
    expect(simulation.calls).toBe(calls);
    expect(await simulate().optimizer.suggest({ prompt: PROMPT_ID })).toEqual(first);
    expect(first.id).toMatch(/^s-[0-9a-f]{10}$/u);
  });

  it('pays a stricter level for a second question to the same cases', async () => {
    const { optimizer } = simulate({ family: 'null' });
    const documents = [];
    for (const word of ['kind', 'brief'])
      documents.push(await optimizer.check({ prompt: PROMPT_ID, text: PROMPT_TEXT.replace('friendly', word) }));
    expect(documents.map((document) => document.certificate?.alpha)).toEqual([0.05, 0.1 / 6]);
    expect(documents[1]?.certificate?.alphaSpent).toBeCloseTo(0.05 + 0.1 / 6, 12);
    expect(documents[0]?.id).not.toBe(documents[1]?.id);
  });

  it('records the frozen candidate before the first held-out call, then the decision', async () => {
    const { optimizer, simulation } = simulate();
    let heldOut = -1;
    let records = -1;
    const document = await optimizer.suggest(
      { prompt: PROMPT_ID },
      {
        onProgress: ({ stage }) => {
          if (stage !== 'gate' || heldOut >= 0) return;
          heldOut = simulation.runs;
          records = simulation.audit.length;
        },
      },
    );
    expect(heldOut).toBeGreaterThan(0);
    expect(simulation.audit.slice(0, records).map((each) => each.type)).toEqual(['suggestion.created']);
    expect(simulation.audit.map((each) => each.type)).toEqual(['suggestion.created', 'gate.decided', 'suggestion.certified']);
    expect(simulation.audit[0]?.data).toMatchObject({ parent: document.parent.sha256, alpha: 0.05 });
  });

  it('says why for each edit, and what was tried', async () => {
    const document = await simulate().optimizer.suggest({ prompt: PROMPT_ID });
    expect(document.verdict).toBe('certified');
    expect(document.edits.length).toBeGreaterThan(0);
    for (const edit of document.edits) {
      expect(edit.why.proposer).toMatch(/playbook|demonstrations/u);
      expect(PROMPT_TEXT.slice(edit.range.start, edit.range.end)).toBe(edit.before);
    }
    expect(document.edits.some((edit) => edit.why.theme === 'too long, just give the label' && edit.why.evidence.includes('f1'))).toBe(
      true,
    );
    expect(document.tried.some((each) => each.outcome.startsWith('finalist'))).toBe(true);
    expect(document.diff).toMatch(/^--- a\/prompts\/route\.prompty\tv1\n\+\+\+ b\/prompts\/route\.prompty\tsuggestion\n/u);
  });

  it('takes edits of a model that may reflect, and counts its calls', async () => {
    const seen: string[] = [];
    const edits = { edits: [{ op: 'replace', anchor: 2, text: 'Be brief.' }], why: 'people want it short' };
    const { optimizer } = simulate(
      {},
      {
        reflection: (request) => {
          seen.push(request);
          return JSON.stringify(edits);
        },
      },
    );
    const document = await optimizer.suggest({ prompt: PROMPT_ID });
    expect(document.tried.some((each) => each.proposer === 'reflective' && each.dev !== null)).toBe(true);
    expect(seen).toHaveLength(1);
    // No development or held-out case is ever shown to it.
    const { world } = simulate();
    for (const item of world.cases) expect(seen[0]).not.toContain(item.message);
  });

  it('says why a model gave no edit, and goes on without it', async () => {
    const { optimizer } = simulate({}, { reflection: () => 'I would rather not.' });
    const document = await optimizer.suggest({ prompt: PROMPT_ID });
    expect(document.verdict).toBe('certified');
    expect(document.tried).toContainEqual(
      expect.objectContaining({ proposer: 'reflective', dev: null, outcome: 'nothing proposed: the answer is not JSON' }),
    );
  });

  it('runs once where two ask at the same time', async () => {
    const { optimizer, simulation } = simulate();
    const [first, second] = await Promise.all([optimizer.suggest({ prompt: PROMPT_ID }), optimizer.suggest({ prompt: PROMPT_ID })]);
    expect(second).toEqual(first);
    expect(simulation.calls).toBe(first.spent.calls);
  });

  it('plans without asking a model', async () => {
    const { optimizer, simulation } = simulate();
    const document = await optimizer.suggest({ prompt: PROMPT_ID, dryRun: true, budget: 'quick' });
    expect(document).toMatchObject({ verdict: 'nothing-better', certificate: null, plan: { calls: 200 }, spent: { calls: 0 } });
    expect(document.plan.mde).toBeGreaterThan(0.1);
    expect(document.reason).toMatch(/^Nothing was tried: this is the plan/u);
    expect(simulation.calls).toBe(0);
    expect([...simulation.files.files.keys()]).toEqual([file]);
  });

  it('does not offer a text that a person has rejected', async () => {
    const { optimizer } = simulate();
    const first = await optimizer.suggest({ prompt: PROMPT_ID });
    const { candidate } = await optimizer.get(first.id);
    await optimizer.reject(first.id, 'too long for us');
    expect((await optimizer.get(first.id)).state).toBe('rejected');
    const second = await optimizer.suggest({ prompt: PROMPT_ID });
    expect(second.id).not.toBe(first.id);
    expect((await optimizer.get(second.id)).candidate).not.toBe(candidate);
    expect((await optimizer.list(PROMPT_ID)).map((document) => document.id).sort()).toEqual([first.id, second.id].sort());
    expect(await optimizer.list('other')).toEqual([]);
  });

  it('goes on without feedback that cannot be read', async () => {
    const { optimizer } = simulate({}, { examples: [], themes: [] });
    expect((await optimizer.suggest({ prompt: PROMPT_ID })).verdict).toBe('certified');
  });
});

describe('accept and reject', () => {
  it('makes a version with its evidence, once', async () => {
    const { optimizer, simulation } = simulate();
    const document = await optimizer.suggest({ prompt: PROMPT_ID });
    const { candidate } = await optimizer.get(document.id);
    expect(await optimizer.accept(document.id, { commit: false })).toMatchObject({ version: 'v2', why: 'suggestion' });
    expect(simulation.files.files.get(file)).toBe(candidate);
    expect((await optimizer.get(document.id)).state).toBe('accepted');
    expect(simulation.audit.at(-1)).toMatchObject({ type: 'suggestion.accepted', subject: { version: 'v2', suggestion: document.id } });
    await expect(optimizer.accept(document.id, { commit: false })).rejects.toMatchObject({ code: 'BAD_USAGE' });
    await expect(optimizer.reject(document.id, null)).rejects.toMatchObject({ code: 'BAD_USAGE' });
  });

  it('refuses where the file has changed since', async () => {
    const { optimizer, simulation } = simulate();
    const document = await optimizer.suggest({ prompt: PROMPT_ID });
    simulation.files.files.set(file, PROMPT_TEXT.replace('friendly', 'kind'));
    expect((await optimizer.get(document.id)).state).toBe('withdrawn');
    await expect(optimizer.accept(document.id, { commit: false })).rejects.toMatchObject({ code: 'SUGGESTION_STALE' });
    expect(simulation.files.files.get(file)).toContain('kind agent');
  });

  it('holds the certificate for its own text only', async () => {
    const { optimizer } = simulate();
    const document = await optimizer.suggest({ prompt: PROMPT_ID });
    const text = PROMPT_TEXT.replace('friendly', 'brief');
    await expect(optimizer.accept(document.id, { commit: false, text })).rejects.toMatchObject({ code: 'NOT_CERTIFIED' });
    expect(await optimizer.accept(document.id, { commit: false, text, uncertified: true })).toMatchObject({ why: 'edit' });
  });

  it('refuses what is not certified, and ids that are none', async () => {
    const { optimizer } = simulate({ family: 'ceiling' });
    const document = await optimizer.suggest({ prompt: PROMPT_ID });
    await expect(optimizer.accept(document.id, { commit: false })).rejects.toMatchObject({ code: 'NOT_CERTIFIED' });
    for (const id of ['s-0123456789', '../x', ''])
      await expect(optimizer.accept(id, { commit: false })).rejects.toMatchObject({ code: 'SUGGESTION_NOT_FOUND' });
  });
});

describe('check', () => {
  const better = (world: World) =>
    PROMPT_TEXT.replace(/You are[\s\S]*message\.\n/u, `Answer with exactly one of: ${world.labels.join(', ')}.\n`);

  it("certifies a person's own edit, and keeps it as a version", async () => {
    const { optimizer, simulation, world } = simulate();
    simulation.files.files.set(file, better(world));
    const document = await optimizer.check({ prompt: PROMPT_ID });
    expect(document).toMatchObject({ verdict: 'certified', parent: { version: 'v1' }, edits: [{ why: { proposer: 'person' } }] });
    expect(await optimizer.accept(document.id, { commit: false })).toMatchObject({ why: 'suggestion' });
  });

  it('answers the same question once', async () => {
    const { optimizer, simulation, world } = simulate();
    const text = better(world);
    const first = await optimizer.check({ prompt: PROMPT_ID, text });
    const calls = simulation.calls;
    expect(await optimizer.check({ prompt: PROMPT_ID, text })).toEqual(first);
    expect(simulation.calls).toBe(calls);
  });

  it('refuses an edit that is no better, that repeats a tested case, or that does not parse', async () => {
    const { optimizer, world } = simulate();
    const worse = await optimizer.check({ prompt: PROMPT_ID, text: PROMPT_TEXT.replace('friendly', 'kind') });
    expect(worse).toMatchObject({ verdict: 'refused' });
    expect(worse.reason).toMatch(/not certified/u);
    const leaked = await optimizer.check({ prompt: PROMPT_ID, text: `${PROMPT_TEXT}\n${world.cases[0]?.message ?? ''}\n` });
    expect(leaked).toMatchObject({
      verdict: 'refused',
      certificate: null,
      reason: expect.stringContaining('repeats the words of a case') as string,
    });
    const broken = await optimizer.check({ prompt: PROMPT_ID, text: PROMPT_TEXT.replace('description: Routes', 'description: [Routes') });
    expect(broken.reason).toMatch(/does not parse/u);
  });

  it('says so where there is nothing to check', async () => {
    const { optimizer } = simulate();
    await expect(optimizer.check({ prompt: PROMPT_ID })).rejects.toMatchObject({ code: 'BAD_USAGE' });
  });
});
