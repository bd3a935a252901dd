import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createFileSystem } from '../../../src/platform/fs.js';
import { temporaryFolder } from '../../support/temporary.js';

const fs = createFileSystem();

async function unpack(content: Uint8Array, maxBytes = 1e9): Promise<string> {
  const path = join(temporaryFolder(), 'x.gz');
  writeFileSync(path, content);
  const parts: Uint8Array[] = [];
  for await (const chunk of fs.gunzip(path, maxBytes)) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

describe('gunzip', () => {
  it('unpacks a file of one and of several members', async () => {
    expect(await unpack(gzipSync('one'))).toBe('one');
    expect(await unpack(Buffer.concat([gzipSync('one '), gzipSync('two')]))).toBe('one two');
    expect(await unpack(gzipSync(''))).toBe('');
  });

  it('says of a file that is cut off or no gzip that it is damaged', async () => {
    for (const content of [gzipSync('x'.repeat(1000)).subarray(0, 20), new Uint8Array([0x1f, 0x8b, 8, 0]), Buffer.from('plain text')])
      await expect(unpack(content)).rejects.toMatchObject({ code: 'IO_FAILED', details: { reason: 'damaged' } });
  });

  it('stops at the limit, and at what no log packs to, before it fills the memory', async () => {
    await expect(unpack(gzipSync('x'.repeat(5000)), 4999)).rejects.toMatchObject({ code: 'IO_FAILED', details: { reason: 'too-large' } });
    await expect(unpack(gzipSync(Buffer.alloc(200 * 1024 * 1024)))).rejects.toMatchObject({
      code: 'IO_FAILED',
      details: { reason: 'too-large' },
    });
  });

  it('says that a file is missing, and lets one go that is read in part', async () => {
    const missing = async (): Promise<void> => {
      for await (const chunk of fs.gunzip('/nowhere/x.gz', 10)) expect(chunk).toBeDefined();
    };
    await expect(missing()).rejects.toMatchObject({ code: 'IO_FAILED', details: { reason: 'ENOENT' } });
    const path = join(temporaryFolder(), 'x.gz');
    writeFileSync(path, gzipSync(Buffer.alloc(3 * 1024 * 1024, 'abc123')));
    let seen = 0;
    for await (const chunk of fs.gunzip(path, 1e9)) {
      seen += chunk.length;
      break;
    }
    expect(seen).toBeGreaterThan(0);
  });
});
