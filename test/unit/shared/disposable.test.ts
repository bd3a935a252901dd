import { expect, it } from 'vitest';
import { DisposableStore } from '../../../src/shared/disposable.js';

it('disposes in reverse order, once, and disposes late additions at once', () => {
  const log: string[] = [];
  const item = (name: string): { dispose: () => void } => ({ dispose: () => void log.push(name) });
  const store = new DisposableStore();
  store.add(item('a'));
  store.add(item('b'));
  expect(store.size).toBe(2);
  store.dispose();
  store.dispose();
  store.add(item('late'));
  expect(log).toEqual(['b', 'a', 'late']);
  expect(store.size).toBe(0);
});
