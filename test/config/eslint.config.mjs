/**
 * ESLint: strict, type-checked rules everywhere, and the layer rules of the house. The layers' rules are one of four walls
 * (TypeScript projects, ESLint, dependency-cruiser, the bundler); test/unit/walls sees each of them catch what it should.
 *
 *   eslint -c test/config/eslint.config.mjs src test
 */
import tseslint from 'typescript-eslint';

const vscodeAny = { name: 'vscode', message: 'Only src/extension may import vscode.' };
const builtins = { regex: '^node:', message: 'Host-neutral layer: take a port instead.' };
const lsp = { regex: '^vscode-language(server|client)', message: 'This layer does not know the language server protocol.' };
const up = (...layers) => ({ regex: `(^|/)(${layers.join('|')})/`, message: `Must not reach ${layers.join(', ')}.` });
const types = (pattern) => ({ ...pattern, allowTypeImports: true });

/** `no-restricted-imports` sees neither `import('vscode')` nor `type T = import('vscode').Uri`; these selectors do. */
const hiddenVscode = [
  { selector: "ImportExpression[source.value='vscode']", message: vscodeAny.message },
  { selector: "TSImportType[source.value='vscode']", message: vscodeAny.message },
  { selector: "CallExpression[callee.name='require'][arguments.0.value='vscode']", message: vscodeAny.message },
];
const noEnum = { selector: 'TSEnumDeclaration', message: 'Use a union of string literals or a const object.' };
const noDefault = { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' };

function layer(name, { paths = [], patterns = [], vscode = false }) {
  return {
    files: [`src/${name}/**/*.ts`],
    rules: {
      '@typescript-eslint/no-restricted-imports': ['error', { paths: vscode ? paths : [vscodeAny, ...paths], patterns }],
      'no-restricted-syntax': ['error', noEnum, noDefault, ...(vscode ? [] : hiddenVscode)],
    },
  };
}

export default tseslint.config(
  {
    // cli/sample is a user's workspace, copied to the letter; fixtures are input, some of it broken on purpose.
    ignores: [
      'dist/**',
      'dist-npm/**',
      'node_modules/**',
      'test/fixtures/**',
      'test/output/**',
      'src/cli/sample/**',
      'media/**',
      '.vscode-test/**',
      '**/*.d.mts',
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts', '**/*.mts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: process.cwd() } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports', disallowTypeAnnotations: false }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // `() => void call()` says what it means; the rule's braces add nothing.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidOperator: true }],
      'no-restricted-syntax': ['error', noEnum, noDefault],
      'no-empty': ['error', { allowEmptyCatch: false }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-control-regex': 'off',
    },
  },
  layer('shared', { patterns: [builtins, lsp, up('engine', 'platform', 'server', 'cli', 'extension', 'webview')] }),
  layer('engine', { patterns: [builtins, lsp, up('platform', 'server', 'cli', 'extension', 'webview')] }),
  layer('platform', { patterns: [lsp, up('server', 'cli', 'extension', 'webview')] }),
  layer('server', {
    patterns: [{ regex: '^vscode-languageclient', message: 'The client is the editor’s.' }, up('cli', 'extension', 'webview')],
  }),
  layer('cli', { patterns: [up('server', 'extension', 'webview')] }),
  layer('extension', { vscode: true, patterns: [types(up('engine')), up('platform', 'server', 'cli', 'webview')] }),
  layer('webview', { patterns: [builtins, lsp, types(up('engine')), up('platform', 'server', 'cli', 'extension')] }),
  // stdout is the wire of the language server.
  { files: ['src/server/**/*.ts', 'src/platform/**/*.ts', 'src/engine/**/*.ts'], rules: { 'no-console': 'error' } },
  {
    // Configuration files of tools must have a default export; declarations of others' packages say what those have.
    files: ['**/*.config.ts', '**/*.config.mts', '**/*.d.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // Tests reach into what they know to be there; a wrong guess fails the test, which is its job.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs'],
    rules: { 'no-undef': 'off', 'no-unused-vars': ['error', { argsIgnorePattern: '^_' }], eqeqeq: 'error', 'prefer-const': 'error' },
  },
);
