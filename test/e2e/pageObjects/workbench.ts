/** The workbench as a person sees it: parts are found by role and accessible name. */
import type { FrameLocator, Locator, Page } from 'playwright-core';

export class Workbench {
  constructor(readonly page: Page) {}

  /** Resolves when the activity bar stands and the file explorer has its folder. */
  async ready(): Promise<void> {
    await this.page.locator('.monaco-workbench .activitybar').waitFor({ timeout: 60_000 });
    await this.page.getByRole('tree', { name: 'Files Explorer' }).getByRole('treeitem').first().waitFor({ timeout: 60_000 });
  }

  /** Tab of a view container in the activity bar. */
  activity(name: string): Locator {
    return this.page.locator('.activitybar').getByRole('tab', { name });
  }

  async openView(name: string): Promise<void> {
    const tab = this.activity(name);
    await tab.waitFor({ timeout: 30_000 });
    if ((await tab.getAttribute('aria-selected')) !== 'true') await tab.click();
  }

  tree(name: string): Locator {
    return this.page.getByRole('tree', { name });
  }

  /** Runs a command by its full title in the palette, e.g. `Prompt Ratchet: Show History`. */
  async command(title: string): Promise<void> {
    await this.ask('F1', `>${title}`);
    await this.page.locator('.quick-input-list').getByRole('option', { name: title }).first().waitFor();
    await this.page.keyboard.press('Enter');
  }

  /** Types into the quick input that a key opens. It closes by itself where something else takes the focus, such as a tab that opens late: then again. */
  private async ask(key: string, text: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await this.page.keyboard.press(key);
      try {
        await this.quickInput().fill(text, { timeout: 4000 });
        return;
      } catch (error) {
        if (attempt === 5) throw error;
      }
    }
  }

  quickInput(): Locator {
    return this.page
      .locator('.quick-input-widget')
      .getByRole('combobox')
      .or(this.page.locator('.quick-input-widget input[type=text]'))
      .first();
  }

  /** Options of an open quick pick. */
  options(): Locator {
    return this.page.locator('.quick-input-list').getByRole('option');
  }

  option(name: string | RegExp): Locator {
    return this.options().filter({ hasText: name }).first();
  }

  async pick(name: string | RegExp): Promise<void> {
    await this.page.locator('.quick-input-list').getByRole('option', { name }).first().click();
  }

  /** Opens a file of the workspace by Go to File. */
  async openFile(path: string): Promise<void> {
    await this.ask('Control+P', path);
    await this.page.locator('.quick-input-list').getByRole('option').first().waitFor();
    await this.page.keyboard.press('Enter');
    await this.editorTab(path.split('/').at(-1) ?? path).waitFor();
  }

  editorTab(name: string | RegExp): Locator {
    return this.page.locator('.editor-group-container').getByRole('tab', { name }).first();
  }

  /** Code lenses of the active editor, by their text. */
  codeLens(text: string | RegExp): Locator {
    return this.page.locator('.codelens-decoration').getByText(text).first();
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator('.notifications-toasts').getByText(text).first();
  }

  statusBar(text: string | RegExp): Locator {
    return this.page.locator('.statusbar').getByText(text).first();
  }

  /** Content of the web view with this title (of its view or tab): VS Code lays all of them over the workbench, each two frames deep. */
  async webview(title: string | RegExp, timeout = 60_000): Promise<FrameLocator> {
    const matches = (text: string | null): boolean => text !== null && (typeof title === 'string' ? text === title : title.test(text));
    const until = Date.now() + timeout;
    for (;;) {
      const outer = this.page.locator('iframe.webview.ready');
      for (let index = 0; index < (await outer.count()); index++) {
        const inner = outer.nth(index).contentFrame().locator('iframe#active-frame');
        if ((await inner.count()) > 0 && matches(await inner.getAttribute('title'))) return inner.contentFrame();
      }
      if (Date.now() > until) throw new Error(`No web view is called ${String(title)}.`);
      await this.page.waitForTimeout(200);
    }
  }
}
