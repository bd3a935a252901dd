import { describe, expect, it } from 'vitest';
import type { Connection } from 'vscode-languageserver/node';
import { connectionLogger, secretsOf } from '../../../src/server/logger.js';

describe('log lines', () => {
  it('never hold a key of the environment, also inside an error', () => {
    const lines: string[] = [];
    const write = (line: string): void => {
      lines.push(line);
    };
    const connection = { console: { debug: write, info: write, warn: write, error: write } } as unknown as Connection;
    const secrets = secretsOf({
      PROMPT_RATCHET_KEY_0123456789abcdef: 'sk-very-secret',
      GATEWAY_KEY: 'sk-other-secret',
      PATH: '/usr/local/bin',
    });
    const logger = connectionLogger(connection, secrets);
    logger.info('key sk-very-secret in /usr/local/bin');
    logger.error('call failed', new Error('401 for sk-other-secret'));
    expect(lines.join('\n')).not.toMatch(/sk-/);
    expect(lines[0]).toContain('/usr/local/bin');
    expect(lines[1]).toContain('401 for');
  });
});
