import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { promptSha256 } from '../../../src/engine/prompts/hash.js';
import { temporaryFolder, writeFiles } from '../../support/temporary.js';
import { newVersion, noGit, promptFile, promptId, versionWorkspace } from '../../support/versionWorkspace.js';

const folder = `.ratchet/versions/${promptId}`;

describe('versions', () => {
  it('has none at first, and writes nothing for being asked', async () => {
    const { versions, files } = versionWorkspace({ git: noGit });
    expect(await versions.list()).toEqual({
      schema: 'promptratchet.versions/1',
      prompts: [{ prompt: promptId, file: promptFile, working: null, versions: [] }],
    });
    expect(await versions.bySha256()).toEqual(new Map());
    expect(files('.')).toEqual(['prompts']);
  });

  it('keeps the working text as v1, once', async () => {
    const { versions, audit, read } = versionWorkspace({ git: noGit });
    expect(await versions.snapshot(promptId)).toEqual({ version: 'v1', sha256: promptSha256('one\n') });
    expect(await versions.snapshot(promptFile)).toMatchObject({ version: 'v1' });
    expect(read(`${folder}/v0001.prompty`)).toBe('one\n');
    expect((await audit.entries()).map((each) => each.type)).toEqual(['genesis', 'prompt.version.created']);
    expect((await versions.list(promptId)).prompts[0]).toMatchObject({
      working: 'v1',
      versions: [{ version: 'v1', why: 'initial', parent: null, pointers: ['latest'], file: `${folder}/v0001.prompty`, commit: null }],
    });
  });

  it('keeps an edit as a version of its own', async () => {
    const { versions, root } = versionWorkspace({ git: noGit });
    await versions.snapshot(promptId);
    writeFileSync(join(root, promptFile), 'edited\n');
    expect(await versions.snapshot(promptId)).toMatchObject({ version: 'v2' });
    expect((await versions.list()).prompts[0]?.versions.at(-1)).toMatchObject({
      version: 'v2',
      why: 'edit',
      parent: 'v1',
      pointers: ['latest'],
    });
  });

  it('creates a version: snapshot, evidence, registry, prompt file, audit records', async () => {
    const { versions, audit, read, files } = versionWorkspace({ git: noGit });
    const document = await versions.create(newVersion('two\n', { evidence: { delta: 0.11 }, expectedSha256: promptSha256('one\n') }));
    expect(document).toEqual({
      schema: 'promptratchet.version/1',
      prompt: promptId,
      version: 'v2',
      sha256: promptSha256('two\n'),
      parent: 'v1',
      file: `${folder}/v0002.prompty`,
      commit: null,
      why: 'suggestion',
      note: null,
    });
    expect(read(promptFile)).toBe('two\n');
    expect(files(folder)).toEqual(['v0001.evidence.json', 'v0001.prompty', 'v0002.evidence.json', 'v0002.prompty']);
    expect(JSON.parse(read(`${folder}/v0002.evidence.json`))).toMatchObject({
      schema: 'promptratchet.evidence/1',
      prompt: promptId,
      version: 'v2',
      parent: 'v1',
      why: 'suggestion',
      data: { delta: 0.11 },
    });
    expect((await audit.entries()).slice(1).map((each) => [each.type, each.subject['version']])).toEqual([
      ['prompt.version.created', 'v1'],
      ['prompt.version.created', 'v2'],
      ['prompt.version.activated', 'v2'],
    ]);
    expect(await audit.verify()).toMatchObject({ status: 'ok' });
    expect(read('.ratchet/.gitignore')).toContain('.local/');
    expect(files('.ratchet/.local').filter((name) => name.endsWith('.lock'))).toEqual([]);
    expect(await versions.bySha256()).toEqual(
      new Map([
        [promptSha256('one\n'), [{ prompt: promptId, version: 'v1' }]],
        [promptSha256('two\n'), [{ prompt: promptId, version: 'v2' }]],
      ]),
    );
  });

  it('refuses evidence about another text, and writes nothing', async () => {
    const { versions, read, files } = versionWorkspace({ git: noGit });
    const attempt = versions.create(newVersion('two\n', { expectedSha256: promptSha256('zero\n') }));
    await expect(attempt).rejects.toMatchObject({ code: 'SUGGESTION_STALE' });
    expect(read(promptFile)).toBe('one\n');
    expect(files('.ratchet')).toEqual(['.local']);
    // Line ends alone do not make another text.
    await expect(versions.create(newVersion('two\n', { expectedSha256: promptSha256('one\r\n') }))).resolves.toMatchObject({
      version: 'v2',
    });
  });

  it('keeps byte order mark and line ends of the text that it is given', async () => {
    const { versions, read } = versionWorkspace({ git: noGit, text: '\uFEFFone\r\n' });
    await versions.create(newVersion('\uFEFFtwo\r\n'));
    expect(read(promptFile)).toBe('\uFEFFtwo\r\n');
    expect(read(`${folder}/v0002.prompty`)).toBe('\uFEFFtwo\r\n');
    expect(read(`${folder}/v0001.prompty`)).toBe('\uFEFFone\r\n');
  });

  it('rolls back by a new version equal to the old one', async () => {
    const { versions, read, prompts } = versionWorkspace({ git: noGit });
    await versions.create(newVersion('two\n'));
    const document = await versions.rollback(promptId, 'v1', { commit: false });
    expect(document).toMatchObject({ version: 'v3', parent: 'v2', why: 'rollback', sha256: promptSha256('one\n'), note: null });
    expect(read(promptFile)).toBe('one\n');
    expect(await versions.content(promptId, 'v3')).toBe('one\n');
    expect(JSON.parse(read(`${folder}/v0003.evidence.json`))).toMatchObject({ data: { rollback: { to: 'v1' } } });
    // v1 and v3 have the same text; the newest is the one in use.
    expect(await versions.current(await prompts.get(promptId))).toBe('v3');
    expect((await versions.bySha256()).get(promptSha256('one\n'))).toEqual([
      { prompt: promptId, version: 'v1' },
      { prompt: promptId, version: 'v3' },
    ]);
    await expect(versions.rollback(promptId, 'v1', { commit: false })).rejects.toMatchObject({ code: 'BAD_USAGE' });
  });

  it('keeps an edit that is no version yet before it rolls back, and says so', async () => {
    const { versions, root, read } = versionWorkspace({ git: noGit });
    await versions.create(newVersion('two\n'));
    writeFileSync(join(root, promptFile), 'mine, an hour of work\n');
    const document = await versions.rollback(promptId, 'v1', { commit: false });
    expect(document).toMatchObject({ version: 'v4', parent: 'v3', note: expect.stringContaining('kept as v3') as string });
    expect(await versions.content(promptId, 'v3')).toBe('mine, an hour of work\n');
    expect(read(promptFile)).toBe('one\n');
  });

  it('rolls back in the line ends of the file', async () => {
    const { versions, root, read } = versionWorkspace({ git: noGit, text: 'one\na\n' });
    await versions.create(newVersion('two\na\n'));
    writeFileSync(join(root, promptFile), '\uFEFFtwo\r\na\r\n');
    await versions.rollback(promptId, 'v1', { commit: false });
    expect(read(promptFile)).toBe('\uFEFFone\r\na\r\n');
  });

  it('brings back a prompt whose file was deleted', async () => {
    const { versions, root, read } = versionWorkspace({ git: noGit });
    await versions.create(newVersion('two\n'));
    rmSync(join(root, promptFile));
    expect((await versions.list()).prompts).toMatchObject([{ prompt: promptId, working: null, versions: [{}, {}] }]);
    await versions.rollback(promptId, 'v2', { commit: false });
    expect(read(promptFile)).toBe('two\n');
  });

  it('compares versions and the working file', async () => {
    const { versions, root } = versionWorkspace({ git: noGit, text: 'a\nb\n' });
    await versions.create(newVersion('a\nc\n'));
    writeFileSync(join(root, promptFile), 'a\nc\nd\n');
    expect(await versions.diff(promptId, 'v1', 'latest')).toBe(
      `--- a/${promptFile}\tv1\n+++ b/${promptFile}\tlatest\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n`,
    );
    expect(await versions.diff(promptId, 'v2', 'working')).toContain('\n+d\n');
    expect(await versions.diff(promptId, 'v1', 'v1')).toBe('');
  });

  it('names the versions that there are where one is asked for that is not', async () => {
    const { versions } = versionWorkspace({ git: noGit });
    await versions.create(newVersion('two\n'));
    for (const label of ['v3', 'v0', 'V1', '1', 'constructor', '../v1']) {
      await expect(versions.content(promptId, label)).rejects.toMatchObject({
        code: 'VERSION_NOT_FOUND',
        message: expect.stringContaining('there are v1, v2') as string,
      });
    }
    await expect(versions.list('nobody')).rejects.toMatchObject({ code: 'PROMPT_NOT_FOUND' });
  });

  it('notices a snapshot that was changed or removed', async () => {
    const { versions, root } = versionWorkspace({ git: noGit });
    await versions.create(newVersion('two\n'));
    writeFileSync(join(root, folder, 'v0001.prompty'), 'forged\n');
    const attempts = [
      () => versions.content(promptId, 'v1'),
      () => versions.rollback(promptId, 'v1', { commit: false }),
      () => versions.diff(promptId, 'v1', 'v2'),
    ];
    for (const attempt of attempts) {
      await expect(attempt()).rejects.toMatchObject({
        code: 'IO_FAILED',
        message: expect.stringContaining('was changed after it was written') as string,
      });
    }
    rmSync(join(root, folder, 'v0001.prompty'));
    await expect(versions.content(promptId, 'v1')).rejects.toMatchObject({
      code: 'IO_FAILED',
      message: expect.stringContaining('git checkout -- ') as string,
    });
  });

  it('tells the version of the file, else the latest', async () => {
    const { versions, prompts, root } = versionWorkspace({ git: noGit });
    expect(await versions.current(await prompts.get(promptId))).toBeNull();
    await versions.create(newVersion('two\n'));
    writeFileSync(join(root, promptFile), 'one\n');
    expect(await versions.current(await prompts.get(promptId))).toBe('v1');
    writeFileSync(join(root, promptFile), 'three\n');
    expect(await versions.current(await prompts.get(promptId))).toBe('v2');
  });

  it('does not write through a link that leads out of the workspace', async () => {
    const outside = temporaryFolder({ 'secret.txt': 'outside\n' });
    const { versions, root } = versionWorkspace({ git: noGit });
    rmSync(join(root, promptFile));
    symlinkSync(join(outside, 'secret.txt'), join(root, promptFile));
    await expect(versions.create(newVersion('two\n'))).rejects.toMatchObject({ code: 'OUTSIDE_WORKSPACE' });
    const linked = versionWorkspace({ git: noGit });
    writeFiles(linked.root, { '.ratchet/versions/x': '' });
    symlinkSync(outside, join(linked.root, '.ratchet/versions/support'));
    await expect(linked.versions.create(newVersion('two\n'))).rejects.toMatchObject({ code: 'OUTSIDE_WORKSPACE' });
  });

  it('writes nothing over an audit log that does not hold', async () => {
    const { versions, root, read, files } = versionWorkspace({ git: noGit });
    await versions.create(newVersion('two\n'));
    const log = read('.ratchet/audit.jsonl');
    writeFileSync(join(root, '.ratchet/audit.jsonl'), log.split('\n').toSpliced(1, 1).join('\n'));
    await expect(versions.create(newVersion('three\n'))).rejects.toMatchObject({ code: 'AUDIT_BROKEN' });
    expect(files(folder)).toHaveLength(4);
    expect(read(promptFile)).toBe('two\n');
  });

  it('sees at once what another process wrote', async () => {
    const { services } = versionWorkspace({ git: noGit });
    const [one, two] = [services(), services()];
    for (const text of ['two\n', 'three\n', 'four\n']) {
      await one.versions.create(newVersion(text));
      expect(await two.versions.current(await two.prompts.get(promptId))).toBe(await one.versions.current(await one.prompts.get(promptId)));
      // Past the time in which two states of the file could look alike, so that the next one is read from the cache's side.
      await one.context.ports.clock.sleep(120);
      expect((await two.versions.bySha256()).size).toBe((await one.versions.bySha256()).size);
    }
    expect((await two.versions.bySha256()).size).toBe(4);
  });

  it('adds what is missing to its own .gitignore, and nothing twice', async () => {
    const { versions, read } = versionWorkspace({ git: noGit, files: { '.ratchet/.gitignore': '.local/\nmine' } });
    await versions.create(newVersion('two\n'));
    const text = read('.ratchet/.gitignore');
    expect(text).toMatch(/^\.local\/\nmine\n/);
    expect(text).toContain('\n*.lock\n');
    await versions.create(newVersion('three\n'));
    expect(read('.ratchet/.gitignore')).toBe(text);
  });

  it('gives every one of several at the same time its own number', async () => {
    const { services, versions, read } = versionWorkspace({ git: noGit });
    const texts = ['a\n', 'b\n', 'c\n', 'd\n'];
    const documents = await Promise.all(texts.map((text) => services().versions.create(newVersion(text))));
    expect(documents.map((each) => each.version).sort()).toEqual(['v2', 'v3', 'v4', 'v5']);
    for (const [index, each] of documents.entries()) expect(await versions.content(promptId, each.version)).toBe(texts[index]);
    expect(texts).toContain(read(promptFile));
  });
});
