/** The variables that our pages use, with the values of the editor's default light, dark and high-contrast themes. */
export type ThemeName = 'light' | 'dark' | 'hc' | 'hcLight';

const COMMON = `--vscode-font-family: sans-serif; --vscode-font-size: 13px; --vscode-editor-font-family: monospace; --vscode-editor-font-size: 13px; --vscode-font-weight: normal;`;

export const THEMES = `
html.dark { ${COMMON} --vscode-icon-foreground: #cccccc; --vscode-button-secondaryBackground: #313131; --vscode-button-secondaryForeground: #cccccc; --vscode-diffEditor-insertedTextBackground: #9ccc2c33; --vscode-diffEditor-removedTextBackground: #ff000033; background: #181818; --vscode-foreground: #cccccc; --vscode-descriptionForeground: #9d9d9d; --vscode-focusBorder: #0078d4;
  --vscode-textLink-foreground: #4daafc; --vscode-list-hoverBackground: #2a2d2e; --vscode-list-activeSelectionBackground: #04395e; --vscode-list-activeSelectionForeground: #ffffff;
  --vscode-list-inactiveSelectionBackground: #37373d; --vscode-panel-border: #2b2b2b; --vscode-textCodeBlock-background: #2b2b2b; --vscode-badge-background: #616161; --vscode-badge-foreground: #f8f8f8;
  --vscode-settings-dropdownBackground: #313131; --vscode-settings-dropdownForeground: #cccccc; --vscode-settings-dropdownBorder: #3c3c3c; --vscode-settings-textInputBackground: #313131; --vscode-settings-textInputForeground: #cccccc;
  --vscode-errorForeground: #f85149; --vscode-testing-iconPassed: #73c991; --vscode-testing-iconFailed: #f14c4c; --vscode-testing-iconErrored: #f14c4c; --vscode-button-background: #0078d4; --vscode-button-foreground: #ffffff;
  --vscode-charts-blue: #3794ff; --vscode-charts-orange: #d18616; --vscode-charts-green: #89d185; }
html.light { ${COMMON} --vscode-icon-foreground: #3b3b3b; --vscode-button-secondaryBackground: #e5e5e5; --vscode-button-secondaryForeground: #3b3b3b; --vscode-diffEditor-insertedTextBackground: #9ccc2c40; --vscode-diffEditor-removedTextBackground: #ff000033; background: #f8f8f8; --vscode-foreground: #3b3b3b; --vscode-descriptionForeground: #5a5a5a; --vscode-focusBorder: #005fb8;
  --vscode-textLink-foreground: #005fb8; --vscode-list-hoverBackground: #f2f2f2; --vscode-list-activeSelectionBackground: #e8e8e8; --vscode-list-activeSelectionForeground: #000000;
  --vscode-list-inactiveSelectionBackground: #e4e6f1; --vscode-panel-border: #e5e5e5; --vscode-textCodeBlock-background: #f0f0f0; --vscode-badge-background: #cccccc; --vscode-badge-foreground: #3b3b3b;
  --vscode-settings-dropdownBackground: #ffffff; --vscode-settings-dropdownForeground: #3b3b3b; --vscode-settings-dropdownBorder: #cecece; --vscode-settings-textInputBackground: #ffffff; --vscode-settings-textInputForeground: #3b3b3b;
  --vscode-errorForeground: #b01011; --vscode-testing-iconPassed: #267b3c; --vscode-testing-iconFailed: #b01011; --vscode-testing-iconErrored: #b01011; --vscode-button-background: #005fb8; --vscode-button-foreground: #ffffff;
  --vscode-input-placeholderForeground: #6b6b6b; --vscode-charts-blue: #1a85ff; --vscode-charts-orange: #d18616; --vscode-charts-green: #388a34; }
html.hc { ${COMMON} --vscode-icon-foreground: #ffffff; --vscode-button-secondaryBackground: #000000; --vscode-button-secondaryForeground: #ffffff; background: #000000; --vscode-foreground: #ffffff; --vscode-descriptionForeground: #ffffff; --vscode-focusBorder: #f38518; --vscode-contrastBorder: #6fc3df; --vscode-contrastActiveBorder: #f38518;
  --vscode-textLink-foreground: #21a6ff; --vscode-panel-border: #6fc3df; --vscode-textCodeBlock-background: #000000; --vscode-badge-background: #000000; --vscode-badge-foreground: #ffffff;
  --vscode-settings-dropdownBackground: #000000; --vscode-settings-dropdownForeground: #ffffff; --vscode-settings-dropdownBorder: #6fc3df; --vscode-settings-textInputBackground: #000000; --vscode-settings-textInputForeground: #ffffff;
  --vscode-errorForeground: #f48771; --vscode-testing-iconPassed: #73c991; --vscode-testing-iconFailed: #f14c4c; --vscode-testing-iconErrored: #f14c4c; --vscode-button-background: #000000; --vscode-button-foreground: #ffffff; --vscode-button-border: #6fc3df;
  --vscode-charts-blue: #3794ff; --vscode-charts-orange: #d18616; --vscode-charts-green: #89d185; }
html.hcLight { ${COMMON} --vscode-icon-foreground: #292929; background: #ffffff; --vscode-foreground: #292929; --vscode-descriptionForeground: #292929; --vscode-focusBorder: #006bbd; --vscode-contrastBorder: #0f4a85; --vscode-contrastActiveBorder: #006bbd;
  --vscode-textLink-foreground: #0f4a85; --vscode-list-hoverBackground: rgba(15, 74, 133, 0.1); --vscode-panel-border: #0f4a85; --vscode-textCodeBlock-background: #f2f2f2; --vscode-badge-background: #0f4a85; --vscode-badge-foreground: #ffffff;
  --vscode-list-activeSelectionBackground: rgba(15, 74, 133, 0.1); --vscode-list-inactiveSelectionBackground: rgba(15, 74, 133, 0.1);
  --vscode-settings-dropdownBackground: #ffffff; --vscode-settings-dropdownForeground: #292929; --vscode-settings-dropdownBorder: #0f4a85; --vscode-settings-textInputBackground: #ffffff; --vscode-settings-textInputForeground: #292929;
  --vscode-errorForeground: #b5200d; --vscode-testing-iconPassed: #007100; --vscode-testing-iconFailed: #b5200d; --vscode-testing-iconErrored: #b5200d; --vscode-button-background: #0f4a85; --vscode-button-foreground: #ffffff; --vscode-button-border: #0f4a85;
  --vscode-button-secondaryBackground: #ffffff; --vscode-button-secondaryForeground: #292929; --vscode-input-placeholderForeground: #4a4a4a; --vscode-charts-blue: #1a85ff; --vscode-charts-orange: #d18616; --vscode-charts-green: #374e06; }
`;
