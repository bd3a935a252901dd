/**
 * Checks package.json against the code and itself. Prints one line per fault and exits with 1 where there is any.
 *
 *   node src/build/checkManifest.mjs [folder]
 *
 * - commands, views, settings and context keys that are declared are those of src/shared/ids.ts, and each of its commands is registered in src/extension
 * - every command has a title in Title Case without the category in it, the category, and, where it has one, a codicon
 * - every setting has a default, a scope and a description; what is code-like is restricted in untrusted workspaces
 * - every %key% is in package.nls.json, and nothing there is unused
 * - every context key of a `when` clause is one that we set or that VS Code documents
 * - icons and other files that are named exist; no keybinding takes F5
 */
import { transformSync } from 'esbuild';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './lib/run.mjs';

/** Context keys of VS Code that our `when` clauses may use. */
const KNOWN_KEYS = new Set([
  ...['view', 'viewItem', 'resourceExtname', 'resourceFilename', 'resourceLangId', 'resourcePath', 'resourceScheme', 'resource'],
  ...['editorFocus', 'editorTextFocus', 'editorLangId', 'isInDiffEditor', 'isInDiffRightEditor', 'activeEditor', 'activeWebviewPanelId'],
  ...[
    'explorerResourceIsFolder',
    'isWorkspaceTrusted',
    'virtualWorkspace',
    'workbenchState',
    'workspaceFolderCount',
    'isWeb',
    'isLinux',
    'isMac',
  ],
  ...['config', 'testId', 'controllerId', 'webviewId', 'webviewSection', 'commentController', 'listMultiSelection', 'inDiffEditor'],
]);

const CODE_LIKE = /path|executable|command|endpoint|url|args|env/i;

export async function checkManifest(folder = root) {
  const faults = [];
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const nls = existsSync(join(folder, 'package.nls.json')) ? JSON.parse(readFileSync(join(folder, 'package.nls.json'), 'utf8')) : {};
  const ids = await readIds(join(folder, 'src/shared/ids.ts'));
  const contributes = manifest.contributes ?? {};
  const text = (value) => (/^%.+%$/.test(value ?? '') ? (nls[value.slice(1, -1)] ?? '') : (value ?? ''));

  const same = (what, declared, known) => {
    for (const id of declared) if (!known.includes(id)) faults.push(`${what} ${id} is declared, and src/shared/ids.ts does not know it`);
    for (const id of known)
      if (!declared.includes(id)) faults.push(`${what} ${id} is in src/shared/ids.ts, and package.json does not declare it`);
    for (const [index, id] of declared.entries()) if (declared.indexOf(id) !== index) faults.push(`${what} ${id} is declared twice`);
  };

  // Commands.
  const commands = contributes.commands ?? [];
  const commandIds = Object.values(ids.Commands);
  same(
    'command',
    commands.map(({ command }) => command),
    commandIds,
  );
  for (const { command, title, category, icon } of commands) {
    if (!text(category)) faults.push(`command ${command} has no category`);
    if (text(category) && text(title).startsWith(text(category))) faults.push(`command ${command} repeats its category in the title`);
    if (!text(title)) faults.push(`command ${command} has no title`);
    else if (!titleCase(text(title))) faults.push(`command ${command}: '${text(title)}' is not in Title Case`);
    if (typeof icon === 'string' && !/^\$\([a-z0-9-]+\)$/.test(icon)) faults.push(`command ${command}: its icon is not a codicon`);
  }
  const sources = readSources(join(folder, 'src/extension'));
  for (const [name, id] of Object.entries(ids.Commands)) {
    const used = sources.some((source) => source.includes(`Commands.${name}`) || source.includes(`'${id}'`));
    if (!used) faults.push(`command ${id} is declared, and nothing in src/extension mentions Commands.${name}`);
  }
  for (const [menu, items] of Object.entries(contributes.menus ?? {})) {
    for (const { command } of items) {
      if (command && !commandIds.includes(command)) faults.push(`menu ${menu} names the unknown command ${command}`);
    }
  }

  // Views.
  const containers = (contributes.viewsContainers?.activitybar ?? []).map(({ id }) => id);
  const views = Object.values(contributes.views ?? {}).flat();
  same('view container', containers, [ids.Views.container]);
  const ownViews = Object.entries(ids.Views)
    .filter(([name]) => name !== 'container')
    .map(([, id]) => id);
  same(
    'view',
    views.map(({ id }) => id),
    ownViews,
  );
  for (const view of views) if (!view.icon) faults.push(`view ${view.id} has no icon`);

  // Settings.
  const sections = [contributes.configuration ?? []].flat();
  const settings = Object.assign({}, ...sections.map(({ properties }) => properties));
  const section = ids.Settings.section;
  const knownSettings = Object.entries(ids.Settings)
    .filter(([name]) => name !== 'section')
    .map(([, key]) => `${section}.${key}`);
  same('setting', Object.keys(settings), knownSettings);
  const restricted = manifest.capabilities?.untrustedWorkspaces?.restrictedConfigurations ?? [];
  for (const [key, setting] of Object.entries(settings)) {
    if (setting.default === undefined) faults.push(`setting ${key} has no default`);
    if (!setting.scope) faults.push(`setting ${key} has no scope`);
    if (!text(setting.description ?? setting.markdownDescription)) faults.push(`setting ${key} has no description`);
    if (setting.enum && (setting.enumDescriptions ?? setting.markdownEnumDescriptions ?? []).length !== setting.enum.length) {
      faults.push(`setting ${key} does not describe each of its values`);
    }
    const name = key.slice(section.length + 1);
    if (CODE_LIKE.test(name) && !(restricted.includes(key) && /^machine/.test(setting.scope ?? ''))) {
      faults.push(`setting ${key} looks code-like: make it machine scoped and restricted in untrusted workspaces`);
    }
  }
  for (const key of restricted) if (!settings[key]) faults.push(`restricted setting ${key} is not declared`);

  // Words.
  const keys = new Set(
    JSON.stringify({
      contributes,
      capabilities: manifest.capabilities,
      displayName: manifest.displayName,
      description: manifest.description,
    }).match(/(?<=")%[^%"]+%(?=")/g) ?? [],
  );
  for (const key of keys) if (!nls[key.slice(1, -1)]) faults.push(`${key} is not in package.nls.json`);
  for (const key of Object.keys(nls)) if (!keys.has(`%${key}%`)) faults.push(`package.nls.json: nothing uses ${key}`);

  // When clauses.
  const contextKeys = Object.values(ids.ContextKeys);
  for (const clause of whenClauses(contributes)) {
    for (const key of clause.replaceAll(/'[^']*'|\/(?:[^/\\\n]|\\.)+\/[a-z]*/g, ' ').match(/[A-Za-z][\w.]*(?::[\w.]+)?/g) ?? []) {
      const base = key.split(/[.:]/)[0] ?? key;
      if (['in', 'not', 'true', 'false'].includes(key)) continue;
      // What stands to the right of == is a value: ours are ids, VS Code's are words.
      if (new RegExp(`[=!]=\\s*${key.replaceAll('.', '\\.')}(?![\\w.])`).test(clause)) continue;
      if (!contextKeys.includes(key) && !KNOWN_KEYS.has(key) && !(KNOWN_KEYS.has(base) && base === 'config')) {
        faults.push(`when clause '${clause}': ${key} is neither ours nor known`);
      }
    }
  }
  for (const [name, key] of Object.entries(ids.ContextKeys)) {
    if (!sources.some((source) => source.includes(`ContextKeys.${name}`) || source.includes(`'${key}'`)))
      faults.push(`context key ${key}: nothing in src/extension sets it`);
  }
  for (const view of contributes.viewsWelcome ?? []) {
    for (const [, command] of text(view.contents).matchAll(/\(command:([\w.]+)/g)) {
      if (command.startsWith(section) && !commandIds.includes(command)) faults.push(`a welcome view links the unknown command ${command}`);
    }
  }

  // Files, keys, bundles.
  const files = [
    manifest.icon,
    ...(contributes.viewsContainers?.activitybar ?? []).map(({ icon }) => icon),
    ...views.map(({ icon }) => icon),
  ];
  for (const walkthrough of contributes.walkthroughs ?? []) {
    for (const step of walkthrough.steps ?? []) {
      const { image, markdown, svg } = step.media ?? {};
      files.push(...(typeof image === 'object' ? Object.values(image) : [image]), markdown, svg);
      for (const [, command] of text(step.description).matchAll(/\(command:([\w.]+)/g)) {
        if (command.startsWith(section) && !commandIds.includes(command))
          faults.push(`walkthrough step ${step.id} links the unknown command ${command}`);
      }
    }
  }
  for (const { url } of [...(contributes.jsonValidation ?? []), ...(contributes.yamlValidation ?? [])])
    if (url?.startsWith('.')) files.push(url);
  for (const { path, configuration } of [...(contributes.languages ?? []), ...(contributes.grammars ?? [])])
    files.push(path, configuration);
  for (const file of files) {
    if (typeof file === 'string' && !file.startsWith('$(') && !existsSync(join(folder, text(file) || file)))
      faults.push(`${file} is named and not there`);
  }
  for (const { command, key } of contributes.keybindings ?? [])
    if (/^f5$/i.test(key)) faults.push(`keybinding of ${command} takes F5 from the debugger`);
  for (const event of manifest.activationEvents ?? []) {
    if (event === '*' || event === 'onStartupFinished') faults.push(`activation event ${event} loads us in every window`);
    if (/^on(Command|View|Language):/.test(event)) faults.push(`activation event ${event} is implied by the contribution`);
  }
  if (manifest.main !== './dist/main.js') faults.push('main is not ./dist/main.js');
  if (!manifest.capabilities?.untrustedWorkspaces?.description) faults.push('capabilities.untrustedWorkspaces has no description');
  if (manifest.capabilities?.virtualWorkspaces === undefined) faults.push('capabilities.virtualWorkspaces is not declared');
  return faults;
}

/** Values of src/shared/ids.ts: plain constants, so stripping the types leaves a module that can be loaded. */
async function readIds(file) {
  const { code } = transformSync(readFileSync(file, 'utf8'), { loader: 'ts' });
  return import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`);
}

function readSources(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(folder, file), 'utf8'));
}

const SMALL = new Set(['a', 'an', 'and', 'as', 'at', 'by', 'for', 'from', 'in', 'of', 'on', 'or', 'the', 'to', 'with']);

function titleCase(title) {
  return title.split(/\s+/).every((word, index) => /^[^a-z]/.test(word) || (index > 0 && SMALL.has(word)));
}

function* whenClauses(node) {
  if (Array.isArray(node)) for (const item of node) yield* whenClauses(item);
  else if (node !== null && typeof node === 'object') {
    for (const [key, value] of Object.entries(node)) {
      if ((key === 'when' || key === 'enablement') && typeof value === 'string') yield value;
      else yield* whenClauses(value);
    }
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const faults = await checkManifest(resolve(process.argv[2] ?? root));
  for (const fault of faults) console.error(`manifest: ${fault}`);
  console.log(faults.length === 0 ? 'manifest: holds' : `manifest: ${faults.length} faults`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
