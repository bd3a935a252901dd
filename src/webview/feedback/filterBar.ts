import { html, nothing, type TemplateResult } from 'lit';
import { signalName } from '../../shared/words.js';
import type { FilterChoices, Period, ViewFilter } from '../../shared/webviewProtocol.js';
import { activeFilters, periodChoices, ratingChoices, ratingOf, without, type FilterKey } from './filters.js';

export interface FilterBar {
  choices: FilterChoices;
  filter: ViewFilter;
  /** The selects are shown. */
  open: boolean;
  toggle: () => void;
  /** `wait`: somebody is typing. */
  change: (filter: ViewFilter, wait?: boolean) => void;
}

interface Choice {
  value: string;
  label: string;
}

/** Search, a switch for the other filters, and what is filtered now as chips that can be taken away. */
export function filterBar(bar: FilterBar): TemplateResult {
  const { filter, open } = bar;
  const active = chipFilters(filter).length;
  return html`<div class="filters" role="search" aria-label="Filter feedback">
    <div class="first">
      <vscode-textfield
        label="Search comments"
        type="search"
        placeholder="Search comments"
        .value=${filter.search ?? ''}
        @input=${(event: InputEvent) => {
          bar.change(withText(filter, (event.target as HTMLInputElement).value), true);
        }}
        ><vscode-icon slot="content-before" name="search"></vscode-icon
      ></vscode-textfield>
      <button
        class="tool"
        title=${open ? 'Hide filters' : 'Show filters'}
        aria-label=${active === 0 ? 'Filters' : `Filters, ${String(active)} active`}
        aria-expanded=${open ? 'true' : 'false'}
        aria-controls="filters"
        @click=${bar.toggle}
      >
        <vscode-icon name=${active === 0 ? 'filter' : 'filter-filled'}></vscode-icon>
      </button>
    </div>
    <div id="filters" class="selects" ?hidden=${!open}>${open ? selects(bar) : nothing}</div>
    ${chips(bar)}
  </div>`;
}

function withText(filter: ViewFilter, search: string): ViewFilter {
  const rest = without(filter, 'search');
  return search === '' ? rest : { ...rest, search };
}

function selects({ choices, filter, change }: FilterBar): TemplateResult {
  const named = (values: readonly string[]): Choice[] => values.map((value) => ({ value, label: value }));
  const set = (key: FilterKey, value: string, part: ViewFilter): void => {
    const rest = without(filter, key);
    change(value === '' ? rest : { ...rest, ...part });
  };
  const rating = ratingOf(filter);
  return html`
    ${select('Prompt', 'All prompts', named(choices.prompts), filter.prompt ?? '', (value) => {
      // Versions are those of a prompt.
      const rest = without(without(filter, 'prompt'), 'version');
      change(value === '' ? rest : { ...rest, prompt: value });
    })}
    ${select(
      'Version',
      'All versions',
      [...named(choices.versions), { value: '?', label: 'Version unknown' }],
      filter.version === null ? '?' : (filter.version ?? ''),
      (value) => {
        set('version', value, { version: value === '?' ? null : value });
      },
    )}
    ${select(
      'Signal',
      'All signals',
      choices.signals.map((value) => ({ value, label: signalName(value) })),
      filter.signal ?? '',
      (value) => {
        set('signal', value, { signal: value });
      },
    )}
    ${select('Rating', 'All ratings', [...ratingChoices, { value: 'range', label: 'Between…' }], rating, (value) => {
      set(
        'rating',
        value,
        value === 'range' ? { minY: 0, maxY: 1 } : (ratingChoices.find((choice) => choice.value === value)?.filter ?? {}),
      );
    })}
    ${rating === 'range' ? bounds(filter, change) : nothing}
    ${select('Time', 'Any time', [...periodChoices, { value: 'custom', label: 'Between…' }], filter.period ?? '', (value) => {
      set('period', value, { period: value as Period });
    })}
    ${filter.period === 'custom' ? days(filter, change) : nothing}
    ${
      choices.sources.length < 2 && filter.source === undefined
        ? nothing
        : select('Source', 'All sources', named(choices.sources), filter.source ?? '', (value) => {
            set('source', value, { source: value });
          })
    }
    ${
      choices.attributes.length === 0 && filter.segment === undefined
        ? nothing
        : select('Segment', 'All segments', named(choices.attributes), filter.segment?.key ?? '', (value) => {
            set('segment', value, { segment: { key: value, value: '' } });
          })
    }
    ${filter.segment === undefined ? nothing : segmentValue(filter, filter.segment, change)}
  `;
}

function segmentValue(filter: ViewFilter, segment: { key: string; value: string }, change: FilterBar['change']): TemplateResult {
  return html`<input
    type="text"
    aria-label="Value of ${segment.key}"
    placeholder="Value of ${segment.key}"
    .value=${segment.value}
    @input=${(event: InputEvent) => {
      change({ ...filter, segment: { key: segment.key, value: (event.target as HTMLInputElement).value } }, true);
    }}
  />`;
}

function bounds(filter: ViewFilter, change: FilterBar['change']): TemplateResult {
  const input = (key: 'minY' | 'maxY', label: string, fallback: number): TemplateResult =>
    html`<input
      type="number"
      min="0"
      max="1"
      step="0.05"
      aria-label=${label}
      title=${label}
      .value=${String(filter[key] ?? fallback)}
      @change=${(event: Event) => {
        const value = (event.target as HTMLInputElement).valueAsNumber;
        if (value >= 0 && value <= 1) change({ ...filter, [key]: value });
      }}
    />`;
  return html`<span class="pair"
    >${input('minY', 'Rating from', 0)}<span aria-hidden="true">–</span>${input('maxY', 'Rating to', 1)}</span
  >`;
}

function days(filter: ViewFilter, change: FilterBar['change']): TemplateResult {
  const input = (key: 'since' | 'until', label: string): TemplateResult =>
    html`<input
      type="date"
      aria-label=${label}
      title=${label}
      .value=${filter[key]?.slice(0, 10) ?? ''}
      @change=${(event: Event) => {
        const { value } = event.target as HTMLInputElement;
        const { [key]: _before, ...rest } = filter;
        change(value === '' ? rest : { ...rest, [key]: `${value}T00:00:00.000Z` });
      }}
    />`;
  return html`<span class="pair">${input('since', 'From this day (UTC)')}${input('until', 'Up to, not with, this day (UTC)')}</span>`;
}

/** Shown as chips, with a way to clear them all: what is searched for stands in the search field already. */
export function chipFilters(filter: ViewFilter): ReturnType<typeof activeFilters> {
  return activeFilters(filter).filter(({ key }) => key !== 'search');
}

function chips({ filter, change }: FilterBar): TemplateResult | typeof nothing {
  const active = chipFilters(filter);
  if (active.length === 0) return nothing;
  return html`<div class="chips" role="group" aria-label="Active filters">
    ${active.map(
      ({ key, name, value }) =>
        html`<button
          class="chip"
          title="Remove this filter"
          aria-label="Remove filter ${name}: ${value}"
          @click=${() => {
            change(without(filter, key));
          }}
        >
          <span class="chip-text">${name}: ${value}</span><vscode-icon name="close"></vscode-icon>
        </button>`,
    )}
    <button
      class="link"
      @click=${() => {
        change({});
      }}
    >
      Clear Filters
    </button>
  </div>`;
}

function select(name: string, all: string, choices: readonly Choice[], chosen: string, onChange: (value: string) => void): TemplateResult {
  // What is filtered stays to be seen where it is offered no more.
  const missing = chosen !== '' && !choices.some(({ value }) => value === chosen) ? [{ value: chosen, label: chosen }] : [];
  return html`<select
    aria-label=${name}
    title=${name}
    @change=${(event: Event) => {
      onChange((event.target as HTMLSelectElement).value);
    }}
  >
    <option value="" ?selected=${chosen === ''}>${all}</option>
    ${[...choices, ...missing].map(({ value, label }) => html`<option value=${value} .selected=${value === chosen}>${label}</option>`)}
  </select>`;
}
