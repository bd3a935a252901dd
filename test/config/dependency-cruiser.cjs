/**
 * dependency-cruiser: the wall that also sees `import('vscode')`, `type T = import('vscode').Uri`, cycles and transitive reach.
 * Its safety check rejects clever patterns, hence the arrays.
 */
const vscode = ['^vscode$', 'node_modules/@types/vscode/', 'node_modules/vscode/'];
const hosts = '^src/(server|cli|extension|webview)/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'A cycle of runtime imports: neither file can be understood, tested or loaded without the other.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'shared-is-a-leaf',
      severity: 'error',
      from: { path: '^src/shared/' },
      to: { pathNot: ['^src/shared/', '^node_modules/typescript/'] },
    },
    {
      name: 'engine-knows-no-host',
      severity: 'error',
      from: { path: '^src/engine/' },
      to: { path: '^src/(platform|server|cli|extension|webview)/' },
    },
    {
      name: 'platform-knows-no-host',
      severity: 'error',
      from: { path: '^src/platform/' },
      to: { path: hosts },
    },
    {
      name: 'vscode-only-in-extension',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/extension/' },
      to: { path: vscode },
    },
    {
      name: 'vscode-not-reachable',
      comment: 'Not even through other modules.',
      severity: 'error',
      from: { path: '^src/(shared|engine|platform|server|cli|webview)/' },
      to: { path: vscode, reachable: true },
    },
    {
      name: 'no-node-in-pure-layers',
      severity: 'error',
      from: { path: '^src/(shared|engine|webview)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'ui-sees-engine-types-only',
      severity: 'error',
      from: { path: '^src/(extension|webview)/' },
      to: { path: '^src/(engine|platform)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'hosts-do-not-see-each-other',
      severity: 'error',
      from: { path: '^src/(server|cli|extension|webview)/' },
      to: { path: hosts, pathNot: '^src/$1/' },
    },
    {
      name: 'language-protocol-at-the-edges',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(server|extension)/' },
      to: { path: ['node_modules/vscode-languageserver', 'node_modules/vscode-languageclient', 'node_modules/vscode-jsonrpc'] },
    },
    {
      name: 'language-client-only-in-extension',
      comment: 'The client library loads vscode.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/extension/' },
      to: { path: ['node_modules/vscode-languageclient', '^vscode-languageclient'] },
    },
    {
      name: 'no-test-code-in-src',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^test/' },
    },
    {
      name: 'no-dev-dependency-in-bundles',
      comment: 'What ships is a dependency; everything else is for building and testing.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/build/'] },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only'],
        pathNot: ['node_modules/@types/', 'node_modules/@vscode/codicons/'],
      },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['^src/cli/sample/', '^dist/'] },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};
