/** The violations that the wall test plants, and which checker must say so (`house.md` of the design: four nets, each catches what another misses). */
export type Checker = 'tsc' | 'eslint' | 'depcruise' | 'bundler';

export interface Plant {
  what: string;
  files: Record<string, string>;
  /** File that must be named, by default the first of `files`. */
  caughtBy: Checker[];
}

const helper = 'export const value = 1;\n';

export const plants: Plant[] = [
  {
    what: 'static import of vscode in the engine',
    files: { 'src/engine/a/vscodeStatic.ts': "import * as vscode from 'vscode';\nexport const open = (): unknown => vscode.window;\n" },
    caughtBy: ['tsc', 'eslint', 'depcruise'],
  },
  {
    what: 'dynamic import of vscode in the platform',
    files: { 'src/platform/vscodeDynamic.ts': "export const load = (): Promise<unknown> => import('vscode');\n" },
    caughtBy: ['eslint', 'depcruise'],
  },
  {
    what: 'import type of vscode in the command line',
    files: { 'src/cli/vscodeType.ts': "export type Uri = import('vscode').Uri;\n" },
    caughtBy: ['tsc', 'eslint', 'depcruise'],
  },
  {
    what: 'vscode in a web view',
    files: { 'src/webview/vscodePage.ts': "import { window } from 'vscode';\nexport const page = window;\n" },
    caughtBy: ['tsc', 'eslint', 'depcruise'],
  },
  {
    what: 'node: in the engine',
    files: {
      'src/engine/a/nodeFs.ts':
        "import { readFileSync } from 'node:fs';\nexport const read = (path: string): string => readFileSync(path, 'utf8');\n",
    },
    caughtBy: ['tsc', 'eslint', 'depcruise'],
  },
  {
    what: 'a builtin without its prefix in shared',
    files: { 'src/shared/bare.ts': "import { join } from 'path';\nexport const both = (a: string): string => join(a, a);\n" },
    caughtBy: ['tsc', 'depcruise'],
  },
  {
    what: 'process in the engine',
    files: { 'src/engine/a/process.ts': 'export const home = (): unknown => process.env;\n' },
    caughtBy: ['tsc'],
  },
  {
    what: 'document in the engine',
    files: { 'src/engine/a/document.ts': 'export const title = (): string => document.title;\n' },
    caughtBy: ['tsc'],
  },
  {
    what: 'the engine imports the platform',
    files: {
      'src/engine/a/reachesPlatform.ts': "import { value } from '../../platform/helper.js';\nexport const got = value;\n",
      'src/platform/helper.ts': helper,
    },
    caughtBy: ['tsc', 'eslint', 'depcruise'],
  },
  {
    what: 'the extension runs the engine',
    files: {
      'src/extension/runsEngine.ts': "import { value } from '../engine/helper.js';\nexport const got = value;\n",
      'src/engine/helper.ts': helper,
    },
    caughtBy: ['eslint', 'depcruise'],
  },
  {
    what: 'a web view runs the engine',
    files: { 'src/webview/runsEngine.ts': "import { value } from '../engine/helper.js';\nexport const got = value;\n" },
    caughtBy: ['eslint', 'depcruise'],
  },
  {
    what: 'one host sees another',
    files: {
      'src/cli/seesServer.ts': "import { value } from '../server/helper.js';\nexport const got = value;\n",
      'src/server/helper.ts': helper,
    },
    caughtBy: ['tsc', 'eslint', 'depcruise'],
  },
  {
    what: 'shared imports the engine',
    files: { 'src/shared/up.ts': "import { value } from '../engine/helper.js';\nexport const got = value;\n" },
    caughtBy: ['tsc', 'eslint', 'depcruise'],
  },
  {
    what: 'vscode reached through a library of the editor',
    files: {
      'src/server/reaches.ts': "import { LanguageClient } from 'vscode-languageclient/node';\nexport const client = LanguageClient;\n",
    },
    caughtBy: ['eslint', 'depcruise'],
  },
  {
    what: 'vscode reached transitively',
    files: {
      'src/platform/transitive.ts': "import { load } from './vscodeDynamic.js';\nexport const again = load;\n",
    },
    caughtBy: ['depcruise'],
  },
  {
    what: 'a cycle',
    files: {
      'src/engine/a/cycleOne.ts': "import { two } from './cycleTwo.js';\nexport const one = (): number => two();\n",
      'src/engine/a/cycleTwo.ts': "import { one } from './cycleOne.js';\nexport const two = (): number => one();\n",
    },
    caughtBy: ['depcruise'],
  },
  {
    what: 'console in the server',
    files: { 'src/server/console.ts': "export const say = (): void => {\n  console.log('breaks the wire');\n};\n" },
    caughtBy: ['eslint'],
  },
  {
    what: 'vscode in the bundle of the server',
    files: { 'src/server/main.ts': "import '../platform/vscodeDynamic.js';\nexport const main = true;\n" },
    caughtBy: ['bundler'],
  },
  {
    what: 'vscode in the bundle of the command line',
    files: { 'src/cli/main.ts': "import * as vscode from 'vscode';\nexport const main: unknown = vscode;\n" },
    caughtBy: ['bundler'],
  },
];

/** What the walls allow: no checker may name these. */
export const allowed: Record<string, string> = {
  'src/shared/fine.ts': 'export interface Fine {\n  url: URL;\n}\n',
  'src/engine/fine.ts':
    "import type { Fine } from '../shared/fine.js';\nexport const fine = (url: string): Fine => ({ url: new URL(url) });\nexport const copy = (value: Fine): Fine => structuredClone(value);\n",
  'src/platform/fine.ts':
    "import { readFile } from 'node:fs/promises';\nimport { fine } from '../engine/fine.js';\nexport const read = async (path: string): Promise<string> => fine(await readFile(path, 'utf8')).url.href;\n",
  'src/extension/fine.ts':
    "import * as vscode from 'vscode';\nimport type { Fine } from '../shared/fine.js';\nexport const show = (value: Fine): void => {\n  void vscode.window.showInformationMessage(value.url.href);\n};\n",
  'src/webview/fine.ts':
    "import type { Fine } from '../shared/fine.js';\nexport const show = (value: Fine): void => {\n  document.title = value.url.href;\n};\n",
};
