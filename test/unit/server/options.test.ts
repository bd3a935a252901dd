import { describe, expect, it } from 'vitest';
import type { InitializeParams } from 'vscode-languageserver/node';
import { readOptions } from '../../../src/server/options.js';

const params = (initializationOptions: unknown): InitializeParams =>
  ({
    processId: null,
    capabilities: {},
    workspaceFolders: [{ uri: 'file:///w%20x', name: 'w' }],
    initializationOptions,
  }) as unknown as InitializeParams;

describe('readOptions', () => {
  it('is careful by default: not trusted, no origin confirmed', () => {
    expect(readOptions(params(undefined))).toEqual({
      root: '/w x',
      trusted: false,
      threshold: null,
      autoPull: 'interval',
      pullMinutes: 5,
      inlineHighlights: true,
      codeLens: true,
      confirmedOrigins: [],
    });
  });
  it('takes no value of a wrong type', () => {
    const options = readOptions(params({ root: '/r', trusted: 'yes', threshold: 7, autoPull: 3, confirmedOrigins: ['https://a', 5] }));
    expect(options).toMatchObject({ root: '/r', trusted: false, threshold: null, autoPull: 'interval', confirmedOrigins: ['https://a'] });
  });
});
