/**
 * The keys of suites in promptfoo's format. `read`: they do something here. `ignored`: promptfoo knows them, and no verdict depends on them;
 * they are reported so that nobody waits for what they do. What is in neither list is reported as unknown.
 */
export interface Keys {
  read: readonly string[];
  ignored: readonly string[];
}

export const suiteKeys: Keys = {
  read: [
    'description',
    'prompts',
    'providers',
    'targets',
    'defaultTest',
    'tests',
    'scenarios',
    'evaluateOptions',
    'tags',
    'env',
    'assertionTemplates',
    'derivedMetrics',
    'extensions',
    'nunjucksFilters',
    '$ref',
  ],
  ignored: ['outputPath', 'sharing', 'redteam', 'commandLineOptions', 'writeLatestResults', 'metadata', 'tracing'],
};

export const evaluateOptionKeys: Keys = {
  read: ['maxConcurrency', 'repeat', 'cache', 'timeoutMs', 'delay'],
  ignored: ['showProgressBar', 'generateSuggestions', 'maxEvalTimeMs', 'interactiveProviders'],
};

export const testKeys: Keys = {
  read: [
    'description',
    'vars',
    'assert',
    'threshold',
    'options',
    'metadata',
    'provider',
    'providers',
    'prompts',
    'providerOutput',
    'assertScoringFunction',
    '$ref',
  ],
  ignored: ['loop'],
};

export const testOptionKeys: Keys = {
  read: [
    'prefix',
    'suffix',
    'disableVarExpansion',
    'disableDefaultAsserts',
    'transform',
    'transformVars',
    'postprocess',
    'provider',
    'rubricPrompt',
    'factuality',
    'repeat',
    'storeOutputAs',
    'runSerially',
    '$ref',
  ],
  ignored: ['disableConversationVar'],
};

export const scenarioKeys: Keys = { read: ['description', 'config', 'tests', '$ref'], ignored: [] };

export const promptKeys: Keys = { read: ['id', 'label', 'raw', 'description', 'config', 'function'], ignored: ['display'] };

/**
 * What is read and kept but run by nobody here: whatever depends on one of them counts as not evaluated, never as passed.
 * Whoever makes one work takes it out.
 */
const notRun: ReadonlySet<string> = new Set(['test.storeOutputAs', 'extensions']);

/** Why what depends on a key is not evaluated; `undefined` where it is run. */
export function notRunHere(key: string): string | undefined {
  return notRun.has(key) ? `"${key.slice(key.lastIndexOf('.') + 1)}" is not run here` : undefined;
}
