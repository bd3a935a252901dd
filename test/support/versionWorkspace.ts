import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EnginePorts } from '../../src/engine/api.js';
import type { Git } from '../../src/engine/ports.js';
import { createAuditService } from '../../src/engine/audit/service.js';
import { createVersionService } from '../../src/engine/versions/service.js';
import { engineContext } from './engineContext.js';
import { fakePrompts } from './fakePrompts.js';
import { temporaryFolder } from './temporary.js';

export const promptFile = 'prompts/answer.prompty';
export const promptId = 'support/answer';

/** For tests that commit nothing: no process is started. */
export const noGit: Git = {
  root: () => Promise.resolve(null),
  busy: () => Promise.resolve(null),
  userName: () => Promise.resolve('Ada'),
  commit: () => Promise.reject(new Error('commit was called')),
};

/** A workspace with one prompt, and its services; git is the real one. */
export function versionWorkspace(options: { text?: string; files?: Record<string, string>; root?: string; git?: Git } = {}) {
  const root = options.root ?? temporaryFolder({ [promptFile]: options.text ?? 'one\n', ...options.files });
  const services = (changed: Partial<EnginePorts> & { trusted?: boolean } = {}) => {
    const context = engineContext(root, { ...(options.git === undefined ? {} : { git: options.git }), ...changed });
    const audit = createAuditService(context);
    const prompts = fakePrompts(root, { [promptId]: promptFile, other: 'prompts/other.prompty' });
    return { context, audit, prompts, versions: createVersionService(context, { prompts, audit }) };
  };
  return {
    root,
    services,
    ...services(),
    read: (path: string) => readFileSync(join(root, path), 'utf8'),
    files: (path: string) => readdirSync(join(root, path)).sort(),
  };
}

export function newVersion(text: string, more: Partial<Parameters<ReturnType<typeof versionWorkspace>['versions']['create']>[0]> = {}) {
  return { prompt: promptId, text, why: 'suggestion' as const, commit: false, message: 'Improve the answer', ...more };
}
