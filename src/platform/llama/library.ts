/**
 * The part of node-llama-cpp that the worker uses, written down here because the package is installed on the user's
 * machine at run time and is no dependency of ours. Tokens are opaque numbers.
 */
export type Token = number;

export interface ChatHistoryItem {
  type: 'system' | 'user' | 'model';
  text?: string;
  response?: string[];
}

export interface Sequence {
  readonly nextTokenIndex: number;
  clearHistory(): Promise<void>;
  eraseContextTokenRanges(ranges: { start: number; end: number }[]): Promise<void>;
  evaluateWithoutGeneratingNewTokens(tokens: Token[]): Promise<void>;
  evaluate(tokens: Token[], options: { temperature: number; topK?: number; topP?: number; seed?: number }): AsyncGenerator<Token>;
}

export interface Model {
  readonly trainContextSize: number;
  readonly tokenizer: unknown;
  createContext(options: {
    contextSize: number;
    sequences: 1;
    batchSize: number;
    threads: number;
  }): Promise<{ contextSize: number; getSequence(): Sequence }>;
  detokenize(tokens: Token[], specialTokens?: boolean): string;
}

export interface LlamaText {
  /** Plain text, or special-token objects. */
  readonly values: readonly unknown[];
  tokenize(tokenizer: unknown): Token[];
}

export interface ChatWrapper {
  generateContextState(options: { chatHistory: ChatHistoryItem[] }): { contextText: LlamaText; stopGenerationTriggers: LlamaText[] };
}

export interface Library {
  getLlama(options: {
    gpu: false;
    build: 'never';
    skipDownload: true;
    logLevel: 'error';
    progressLogs: false;
  }): Promise<{ loadModel(options: { modelPath: string; gpuLayers: 0 }): Promise<Model> }>;
  resolveChatWrapper(model: Model): ChatWrapper;
}
