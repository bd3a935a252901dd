import { html, type TemplateResult } from 'lit';
import type { FeedbackListParams } from '../../shared/protocol.js';

interface Choices {
  prompts: string[];
  versions: string[];
  signals: string[];
}

type Change = (filter: FeedbackListParams, wait: boolean) => void;

/** Search, prompt, version, signal, low only. An empty choice means "all" and leaves the key out of the filter. */
export function filterBar(choices: Choices, filter: FeedbackListParams, change: Change): TemplateResult {
  const set = (key: 'prompt' | 'version' | 'signal' | 'search', value: string, wait = false): void => {
    const { [key]: _dropped, ...rest } = filter;
    change(value === '' ? rest : { ...rest, [key]: value }, wait);
  };
  return html`<div class="filters" role="search" aria-label="Filter feedback">
    <vscode-textfield
      label="Search comments"
      type="search"
      placeholder="Search comments"
      .value=${filter.search ?? ''}
      @input=${(event: InputEvent) => {
        set('search', (event.target as HTMLInputElement).value, true);
      }}
      ><vscode-icon slot="content-before" name="search"></vscode-icon
    ></vscode-textfield>
    <div class="selects">
      ${select('Prompt', 'All prompts', choices.prompts, filter.prompt, (value) => {
        set('prompt', value);
      })}
      ${select('Version', 'All versions', choices.versions, filter.version, (value) => {
        set('version', value);
      })}
      ${select('Signal', 'All signals', choices.signals, filter.signal, (value) => {
        set('signal', value);
      })}
    </div>
    <vscode-checkbox
      label="Low ratings only"
      .checked=${filter.low === true}
      @change=${(event: Event) => {
        const { low: _dropped, ...rest } = filter;
        change((event.target as HTMLInputElement).checked ? { ...rest, low: true } : rest, false);
      }}
    ></vscode-checkbox>
  </div>`;
}

function select(
  name: string,
  all: string,
  values: string[],
  chosen: string | undefined,
  onChange: (value: string) => void,
): TemplateResult {
  return html`<select
    aria-label=${name}
    @change=${(event: Event) => {
      onChange((event.target as HTMLSelectElement).value);
    }}
  >
    <option value="" ?selected=${chosen === undefined}>${all}</option>
    ${values.map((value) => html`<option value=${value} ?selected=${value === chosen}>${value}</option>`)}
  </select>`;
}
