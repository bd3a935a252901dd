import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ChatResponse } from '../../../src/engine/ports.js';
import { createResponseCache } from '../../../src/platform/sqlite/cache.js';
import { temporaryFolder } from '../../support/temporary.js';

const answer = (text: string): ChatResponse => ({ text, finishReason: 'stop', tokensIn: 1, tokensOut: 2, latencyMs: 3.5, recorded: false });

describe('the response cache', () => {
  it('gives back what was put in, after it was closed as well', async () => {
    const path = join(temporaryFolder(), 'a/b/cache.sqlite');
    const first = createResponseCache({ path });
    await first.set('k', answer('ü "x"'));
    await first.close();
    const second = createResponseCache({ path });
    expect(await second.get('k')).toEqual(answer('ü "x"'));
    expect(await second.get('other')).toBeNull();
    await second.close();
  });

  it('forgets answers after fourteen days', async () => {
    let now = 0;
    const cache = createResponseCache({ path: join(temporaryFolder(), 'cache.sqlite'), now: () => now });
    await cache.set('k', answer('old'));
    now = 14 * 86_400_000;
    expect(await cache.get('k')).not.toBeNull();
    now += 1;
    expect(await cache.get('k')).toBeNull();
    await cache.close();
  });

  it('drops the oldest where it grows over its size', async () => {
    let now = 0;
    const cache = createResponseCache({ path: join(temporaryFolder(), 'cache.sqlite'), maxBytes: 50_000, now: () => now });
    for (now = 1; now <= 1001; now++) await cache.set(`k${String(now)}`, answer('x'.repeat(100)));
    expect(await cache.get('k1')).toBeNull();
    expect(await cache.get('k1001')).not.toBeNull();
    await cache.close();
  });

  it('starts anew where the file is no database', async () => {
    const path = join(temporaryFolder(), 'cache.sqlite');
    writeFileSync(path, 'not a database at all, but long enough to be looked at as one'.repeat(50));
    const cache = createResponseCache({ path });
    await cache.set('k', answer('x'));
    expect(await cache.get('k')).not.toBeNull();
    await cache.close();
  });

  it('is shared by processes', async () => {
    const path = join(temporaryFolder(), 'cache.sqlite');
    const [one, two] = [createResponseCache({ path }), createResponseCache({ path })];
    await one.set('k', answer('from one'));
    expect((await two.get('k'))?.text).toBe('from one');
    await two.set('k', answer('from two'));
    expect((await one.get('k'))?.text).toBe('from two');
    await one.close();
    await two.close();
  });
});
