/** The manifest check, on a small extension that holds and on copies of it with one fault each. */
import { describe, expect, it } from 'vitest';
import { checkManifest } from '../../../src/build/checkManifest.mjs';
import { temporaryFolder } from '../../support/temporary.js';

const ids = `
export const Commands = { run: 'promptRatchet.suite.run' } as const;
export const Views = { container: 'promptRatchet', prompts: 'promptRatchet.prompts' } as const;
export const ContextKeys = { hasPrompts: 'promptRatchet.hasPrompts' } as const;
export const Settings = { section: 'promptRatchet', codeLens: 'codeLens' } as const;
`;

const nls: Record<string, string> = {
  category: 'Prompt Ratchet',
  'command.run': 'Run Suite of the Day…',
  'setting.codeLens': 'Show a line above each prompt.',
  trust: 'Models wait for trust.',
};

type Manifest = Record<string, any>;

function manifest(): Manifest {
  return {
    main: './dist/main.js',
    capabilities: { untrustedWorkspaces: { supported: 'limited', description: '%trust%' }, virtualWorkspaces: false },
    activationEvents: ['workspaceContains:**/*.prompty'],
    contributes: {
      commands: [{ command: 'promptRatchet.suite.run', title: '%command.run%', category: '%category%', icon: '$(play)' }],
      menus: {
        'view/title': [
          {
            command: 'promptRatchet.suite.run',
            when: 'view == promptRatchet.prompts && promptRatchet.hasPrompts && resourceExtname =~ /\\.prompt/',
          },
        ],
      },
      viewsContainers: { activitybar: [{ id: 'promptRatchet', title: 'Prompt Ratchet', icon: 'media/icon.svg' }] },
      views: { promptRatchet: [{ id: 'promptRatchet.prompts', name: 'Prompts', icon: 'media/icon.svg' }] },
      configuration: {
        properties: { 'promptRatchet.codeLens': { type: 'boolean', default: true, scope: 'resource', description: '%setting.codeLens%' } },
      },
    },
  };
}

function faultsOf(
  change: (parts: { manifest: Manifest; nls: Record<string, string> }) => void,
  source = 'register(Commands.run); set(ContextKeys.hasPrompts, true);',
): Promise<string[]> {
  const parts = { manifest: manifest(), nls: { ...nls } };
  change(parts);
  return checkManifest(
    temporaryFolder({
      'package.json': JSON.stringify(parts.manifest),
      'package.nls.json': JSON.stringify(parts.nls),
      'src/shared/ids.ts': ids,
      'src/extension/extension.ts': source,
      'media/icon.svg': '<svg/>',
    }),
  );
}

describe('checkManifest', () => {
  it('finds nothing in a manifest that holds', async () => {
    expect(await faultsOf(() => {})).toEqual([]);
  });

  const faults: [string, (parts: { manifest: Manifest; nls: Record<string, string> }) => void, RegExp][] = [
    [
      'a command that the code does not know',
      ({ manifest: m }) => m['contributes'].commands.push({ command: 'promptRatchet.x', title: 'X', category: 'P' }),
      /command promptRatchet\.x is declared/,
    ],
    ['a command that is not declared', ({ manifest: m }) => (m['contributes'].commands = []), /package\.json does not declare it/],
    ['a title that is not in Title Case', ({ nls: n }) => (n['command.run'] = 'Run suite'), /Title Case/],
    ['a missing word', ({ nls: n }) => delete n['setting.codeLens'], /%setting\.codeLens% is not in package\.nls\.json/],
    ['a word that nothing uses', ({ nls: n }) => (n['old'] = 'Old'), /nothing uses old/],
    [
      'a setting without a scope',
      ({ manifest: m }) => delete m['contributes'].configuration.properties['promptRatchet.codeLens'].scope,
      /has no scope/,
    ],
    [
      'a setting without a default',
      ({ manifest: m }) => delete m['contributes'].configuration.properties['promptRatchet.codeLens'].default,
      /has no default/,
    ],
    [
      'an unknown key in a when clause',
      ({ manifest: m }) => (m['contributes'].menus['view/title'][0].when = 'promptRatchet.hasPromts'),
      /hasPromts is neither ours nor known/,
    ],
    [
      'an icon that is not there',
      ({ manifest: m }) => (m['contributes'].viewsContainers.activitybar[0].icon = 'media/gone.svg'),
      /media\/gone\.svg is named and not there/,
    ],
    ['activation in every window', ({ manifest: m }) => (m['activationEvents'] = ['*']), /loads us in every window/],
    ['a view without an icon', ({ manifest: m }) => delete m['contributes'].views.promptRatchet[0].icon, /has no icon/],
    ['F5', ({ manifest: m }) => (m['contributes'].keybindings = [{ command: 'promptRatchet.suite.run', key: 'F5' }]), /takes F5/],
    ['undeclared trust', ({ manifest: m }) => (m['capabilities'] = {}), /untrustedWorkspaces/],
  ];
  it.each(faults)('finds %s', async (_what, change, message) => {
    expect((await faultsOf(change)).join('\n')).toMatch(message);
  });

  it('finds a command that nothing registers', async () => {
    expect(await faultsOf(() => {}, 'set(ContextKeys.hasPrompts, true);')).toEqual([expect.stringContaining('mentions Commands.run')]);
  });
});
