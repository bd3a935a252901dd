/** Answers the server's questions to VS Code's own models. Nothing is asked in an untrusted workspace; VS Code asks the user for consent. */
import * as vscode from 'vscode';
import type { HostChatAnswer, HostChatParams, HostModel, HostToolCall } from '../../shared/hostModels.js';
import { fail, ok, type Result } from '../../shared/result.js';

export async function listHostModels(): Promise<HostModel[]> {
  const models = await vscode.lm.selectChatModels();
  return models.map(({ vendor, family, name, maxInputTokens }) => ({ model: `${vendor}/${family}`, label: name, maxInputTokens }));
}

async function find(name: string): Promise<vscode.LanguageModelChat | undefined> {
  const slash = name.indexOf('/');
  const selectors: vscode.LanguageModelChatSelector[] = [
    ...(slash > 0 ? [{ vendor: name.slice(0, slash), family: name.slice(slash + 1) }] : []),
    { family: name },
    { id: name },
  ];
  for (const selector of selectors) {
    const [model] = await vscode.lm.selectChatModels(selector);
    if (model !== undefined) return model;
  }
  return undefined;
}

export async function askHostModel(params: HostChatParams, token: vscode.CancellationToken): Promise<Result<HostChatAnswer>> {
  if (!vscode.workspace.isTrusted)
    return fail('NoPermissions', vscode.l10n.t('Models are not called in an untrusted workspace. Trust it first.'));
  try {
    const model = await find(params.model);
    if (model === undefined) {
      const known = (await listHostModels()).map((each) => each.model).slice(0, 5);
      return fail(
        'NotFound',
        known.length === 0
          ? vscode.l10n.t('VS Code offers no models here. Sign in to a provider of models, such as GitHub Copilot.')
          : vscode.l10n.t('VS Code offers no model {0}. Use one of {1}.', params.model, known.join(', ')),
      );
    }
    return ok(await ask(model, params, token));
  } catch (error) {
    if (token.isCancellationRequested) return fail('CANCELLED', 'Stopped.');
    if (error instanceof vscode.LanguageModelError) {
      const next = vscode.l10n.t('Allow it in VS Code, or use another model.');
      return fail(error.code, `${error.message.replace(/[.\s]+$/, '')}. ${next}`);
    }
    return fail('Unknown', error instanceof Error ? error.message : String(error));
  }
}

async function ask(model: vscode.LanguageModelChat, params: HostChatParams, token: vscode.CancellationToken): Promise<HostChatAnswer> {
  const messages = params.messages.map(messageOf);
  const options: vscode.LanguageModelChatRequestOptions = {
    justification: vscode.l10n.t('Prompt Ratchet evaluates your prompts with this model.'),
    modelOptions: params.params,
    tools: params.tools.map(({ name, description, inputSchema }) => ({
      name,
      description,
      ...(inputSchema === undefined ? {} : { inputSchema }),
    })),
  };
  const response = await model.sendRequest(messages, options, token);
  let text = '';
  const toolCalls: HostToolCall[] = [];
  for await (const part of response.stream) {
    if (part instanceof vscode.LanguageModelTextPart) text += part.value;
    else if (part instanceof vscode.LanguageModelToolCallPart) toolCalls.push({ id: part.callId, name: part.name, input: part.input });
  }
  const [tokensIn, tokensOut] = await Promise.all([
    count(model, params.messages.map(({ content }) => content).join('\n'), token),
    count(model, text, token),
  ]);
  return { text, toolCalls, tokensIn, tokensOut };
}

/** VS Code says nothing of tokens used: they are counted by the model's own measure. */
async function count(model: vscode.LanguageModelChat, text: string, token: vscode.CancellationToken): Promise<number | null> {
  try {
    return await model.countTokens(text, token);
  } catch {
    // Without a count the cost is not known, which is said; the answer stands.
    return null;
  }
}

/** These models know two roles; what a system message says is told first, as VS Code's own guide has it. */
function messageOf({ role, content, toolCalls = [], toolCallId }: HostChatParams['messages'][number]): vscode.LanguageModelChatMessage {
  if (role === 'tool')
    return vscode.LanguageModelChatMessage.User([
      new vscode.LanguageModelToolResultPart(toolCallId ?? '', [new vscode.LanguageModelTextPart(content)]),
    ]);
  if (role === 'assistant') {
    const calls = toolCalls.map(({ id, name, input }) => new vscode.LanguageModelToolCallPart(id, name, input));
    return vscode.LanguageModelChatMessage.Assistant([...(content === '' ? [] : [new vscode.LanguageModelTextPart(content)]), ...calls]);
  }
  return vscode.LanguageModelChatMessage.User(content);
}
