/** The composition root: makes everything once, in the order in which it depends on each other, into one lifetime. */
import * as vscode from 'vscode';
import { DisposableStore } from '../shared/disposable.js';
import { Commands, ContextKeys, Settings, Views } from '../shared/ids.js';
import { Methods } from '../shared/protocol.js';
import { CaseFiles } from './cases/caseFiles.js';
import { Client } from './client/client.js';
import { Collector } from './collector/collector.js';
import { revealCase, revealPlace } from './commands/evaluate.js';
import { diffVersions } from './commands/rollback.js';
import { readSettings } from './config.js';
import type { KeptDraft } from './connect/context.js';
import { Log } from './log.js';
import { showIfJustMade } from './sample.js';
import { Keys } from './secrets.js';
import { PreviewContent } from './suggestion/previewContent.js';
import { Review } from './suggestion/review.js';
import { VersionContent } from './suggestion/versionContent.js';
import { Tests } from './testing/controller.js';
import { watchTrust } from './trust.js';
import { Activity } from './views/activity.js';
import { Highlights } from './views/highlights.js';
import { commandStep, notify } from './views/notify.js';
import { PromptModel } from './views/promptModel.js';
import { PromptsTree } from './views/promptsTree.js';
import { EvaluationPanel } from './webviews/evaluationPanel.js';
import { FeedbackView } from './webviews/feedbackView.js';
import { HistoryPanels } from './webviews/historyPanel.js';
import type { PageServices } from './webviews/services.js';

export interface Services {
  readonly context: vscode.ExtensionContext;
  /** The extension's lifetime. */
  readonly store: DisposableStore;
  readonly log: Log;
  readonly keys: Keys;
  readonly client: Client;
  readonly prompts: PromptModel;
  readonly tree: PromptsTree;
  readonly activity: Activity;
  readonly review: Review;
  readonly previews: PreviewContent;
  readonly cases: CaseFiles;
  readonly collector: Collector;
  /** What an unfinished *Connect a Feedback Source…* left. */
  readonly connecting: KeptDraft;
  readonly tests: Tests;
  readonly feedback: FeedbackView;
  readonly evaluation: EvaluationPanel;
  readonly history: HistoryPanels;
  /** Settings or confirmed origins changed: the running server takes them over. */
  sendOptions(): Promise<void>;
  openConfig(): Promise<void>;
}

export function createServices(context: vscode.ExtensionContext): Services {
  const store = new DisposableStore();
  const log = store.add(new Log());
  const keys = new Keys(context.secrets, context.workspaceState);
  const client = new Client(context.extensionUri, keys, log);
  const prompts = store.add(new PromptModel(client, log));
  const activity = store.add(new Activity(prompts));
  const collector = store.add(
    new Collector(log, (reason) => {
      notify(log, 'warning', vscode.l10n.t('The collector stopped: {0}', reason), [
        commandStep(vscode.l10n.t('Start Collector…'), Commands.startCollector),
        commandStep(vscode.l10n.t('Show Log'), Commands.showLog),
      ]);
    }),
  );
  const tree = store.add(new PromptsTree(prompts, collector));
  store.add(new Highlights(client, prompts, log));
  store.add(new VersionContent(client).register());
  const previews = store.add(new PreviewContent());
  const cases = new CaseFiles();
  store.add(cases.register());
  const review = store.add(new Review(client));

  const pages: PageServices = {
    extensionUri: context.extensionUri,
    log: log.channel,
    request: (definition, params, token) => client.request(definition, params, token),
    onChanged: (listener) => client.onChanged(listener),
  };
  const feedback = new FeedbackView(pages);
  store.add(vscode.window.registerWebviewViewProvider(Views.feedback, feedback));
  const evaluation = store.add(
    new EvaluationPanel(pages, client, {
      reveal: (suite, caseId) => revealCase(services, suite, caseId),
      place: (file, start, line) => revealPlace(services, file, start, line),
    }),
  );
  const history = store.add(new HistoryPanels(pages, (prompt, from, to) => diffVersions(services, prompt, from, to)));
  const tests = store.add(new Tests(client, activity, log));

  const sendOptions = async (): Promise<void> => {
    await client.ask(Methods.setOptions, { ...readSettings(client.folder), confirmedOrigins: await keys.confirmed() });
  };
  const services: Services = {
    context,
    store,
    log,
    keys,
    client,
    prompts,
    tree,
    activity,
    review,
    previews,
    cases,
    collector,
    connecting: { draft: null },
    tests,
    feedback,
    evaluation,
    history,
    sendOptions,
    async openConfig() {
      if (client.folder !== null) await vscode.window.showTextDocument(vscode.Uri.joinPath(client.folder.uri, '.ratchet', 'config.yaml'));
    },
  };
  subscribe(services);
  return services;
}

/** Events of the editor that the parts above do not listen to themselves. */
function subscribe(services: Services): void {
  const { store, log, keys, client, prompts, feedback, history } = services;
  const quietly = (what: string, work: Promise<unknown>): void => {
    work.catch((error: unknown) => {
      log.error(what, error);
    });
  };
  const showsPrompt = (): void => {
    const uri = vscode.window.activeTextEditor?.document.uri;
    void vscode.commands.executeCommand('setContext', ContextKeys.isPrompt, uri !== undefined && prompts.inFile(uri).length > 0);
  };
  quietly('The Prompts view not shown', showIfJustMade(services.context));
  store.add(watchTrust(client, log));
  store.add(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(Settings.section)) quietly('Settings not sent', services.sendOptions());
    }),
  );
  store.add(
    vscode.workspace.onDidChangeWorkspaceFolders(() => {
      quietly('Server not restarted', client.restart());
    }),
  );
  store.add(
    keys.onDidChange(() => {
      quietly('Server not restarted', client.restart());
    }),
  );
  store.add(vscode.window.onDidChangeActiveTextEditor(showsPrompt));
  store.add(
    prompts.onDidUpdateSources(() => {
      feedback.refreshSources();
    }),
  );
  store.add(
    prompts.onDidUpdate(() => {
      showsPrompt();
      feedback.refresh();
      history.refreshAll();
    }),
  );
}
