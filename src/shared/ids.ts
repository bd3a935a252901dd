/** Ids of everything that the manifest contributes. `src/build/checkManifest.mjs` holds both sides equal. */
export const Commands = {
  refresh: 'promptRatchet.feedback.refresh',
  connectSource: 'promptRatchet.source.connect',
  testSource: 'promptRatchet.source.test',
  pullSource: 'promptRatchet.source.pull',
  editSource: 'promptRatchet.source.edit',
  startCollector: 'promptRatchet.collector.start',
  stopCollector: 'promptRatchet.collector.stop',
  copyCollectorAddress: 'promptRatchet.collector.copyAddress',
  copyCollectorSnippet: 'promptRatchet.collector.copySnippet',
  openSample: 'promptRatchet.sample.open',
  createSuite: 'promptRatchet.suite.create',
  showFeedback: 'promptRatchet.feedback.show',
  addToSuite: 'promptRatchet.feedback.addToSuite',
  acceptCase: 'promptRatchet.case.accept',
  discardCase: 'promptRatchet.case.discard',
  evaluate: 'promptRatchet.prompt.evaluate',
  runSuite: 'promptRatchet.suite.run',
  runSuiteWith: 'promptRatchet.suite.runWith',
  showEvaluation: 'promptRatchet.suite.show',
  exportEvaluation: 'promptRatchet.suite.export',
  suggest: 'promptRatchet.prompt.suggest',
  check: 'promptRatchet.prompt.check',
  showHistory: 'promptRatchet.prompt.history',
  rollback: 'promptRatchet.prompt.rollback',
  openPrompt: 'promptRatchet.prompt.open',
  acceptSuggestion: 'promptRatchet.suggestion.accept',
  rejectSuggestion: 'promptRatchet.suggestion.reject',
  showEvidence: 'promptRatchet.suggestion.evidence',
  checkMyEdit: 'promptRatchet.suggestion.check',
  setKey: 'promptRatchet.key.set',
  removeKey: 'promptRatchet.key.remove',
  addModel: 'promptRatchet.model.add',
  setUpLocalModel: 'promptRatchet.model.setUpLocal',
  verifyAudit: 'promptRatchet.audit.verify',
  showLog: 'promptRatchet.log.show',
  restartServer: 'promptRatchet.server.restart',
} as const;

export const Views = {
  container: 'promptRatchet',
  prompts: 'promptRatchet.prompts',
  feedback: 'promptRatchet.feedback',
} as const;

export const ContextKeys = {
  /** The workspace has at least one prompt file. */
  hasPrompts: 'promptRatchet.hasPrompts',
  hasSources: 'promptRatchet.hasSources',
  /** The active editor shows a prompt file. */
  isPrompt: 'promptRatchet.isPrompt',
  /** The active diff editor shows a suggestion: `certified`, `edited` or unset. */
  suggestion: 'promptRatchet.suggestion',
  serverReady: 'promptRatchet.serverReady',
  /** Our collector listens, started from this window. */
  collecting: 'promptRatchet.collecting',
} as const;

export const Settings = {
  section: 'promptRatchet',
  threshold: 'threshold',
  autoPull: 'sources.autoPull',
  pullMinutes: 'sources.interval',
  inlineHighlights: 'inlineHighlights',
  codeLens: 'codeLens',
  trace: 'trace.server',
} as const;
