import { randomBytes } from 'node:crypto';
import type { Entropy } from '../engine/ports.js';

export function createEntropy(): Entropy {
  return { randomHex: (bytes) => randomBytes(bytes).toString('hex') };
}
