/**
 * Which prompt and version a record speaks of, by the names that tools give them. An explicit name and version first; a template's text is
 * matched by its hash when the index is asked; several prompts are ambiguous. A version is never made up.
 */
import { promptSha256 } from '../../prompts/hash.js';
import { isObject, textOf, type Json } from '../values.js';
import { jsonAt, nested, textAt, type Attributes } from './attributes.js';

const names = (name: string, version: string): [string, string] => [name, version];

/** Attribute of the name, attribute of the version; the first name that occurs counts. */
const pairs: readonly [string, string][] = [
  names('promptratchet.prompt.name', 'promptratchet.prompt.version'),
  names('gen_ai.prompt.name', 'gen_ai.prompt.version'),
  names('langfuse.observation.prompt.name', 'langfuse.observation.prompt.version'),
  names('traceloop.prompt.key', 'traceloop.prompt.version'),
  names('prompt.id', 'llm.prompt_template.version'),
];

const templates = ['llm.prompt_template.template', 'traceloop.prompt.template', 'prompt.template', 'gen_ai.prompt.template'];

/** Of a span's attributes; `null` where they name no prompt. `spanName` stands for a name only beside a version. */
export function promptOfAttributes(attributes: Attributes, spanName: string | null): Json | null {
  const template = textAt(attributes, ...templates);
  const sha256 = textAt(attributes, 'promptratchet.prompt.sha256') ?? (template === null ? null : promptSha256(template));
  const hash = sha256 === null ? {} : { sha256 };
  for (const [name, version] of pairs) {
    const named = textAt(attributes, name);
    if (named !== null) return { ...promptRef(named, versionAt(attributes, version)), ...hash };
  }
  const linked = linkedPrompts(attributes.get('mlflow.linkedPrompts'));
  if (linked !== null) return linked;
  const metadata = metadataOf(attributes);
  const inMetadata = promptOfMetadata(metadata);
  if (inMetadata !== null) return { ...inMetadata, ...hash };
  const version = textAt(attributes, 'llm.prompt_template.version');
  if (version !== null && spanName !== null && spanName !== '') return { ...promptRef(spanName, version), ...hash };
  return sha256 === null ? null : { name: '', version: null, sha256, link: 'none' };
}

function versionAt(attributes: Attributes, name: string): string | null {
  // OpenLLMetry has a number, a name and a hash; the number is what its registry shows.
  return name === 'traceloop.prompt.version' ? textAt(attributes, name, 'traceloop.prompt.version_hash') : textAt(attributes, name);
}

/** Metadata of a span, by its keys: OpenInference's `metadata`, OpenLLMetry's association properties, Langfuse's and LangSmith's. */
export function metadataOf(attributes: Attributes): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const prefix of [
    'metadata',
    'traceloop.association.properties',
    'langfuse.trace.metadata',
    'langfuse.observation.metadata',
    'langsmith.metadata',
  ]) {
    for (const [key, value] of nested(attributes, prefix)) found.set(key, value);
  }
  return found;
}

/** `prompt_name` and `prompt_version` in their spellings, and what LangChain's hub writes; `null` where there is none. */
export function promptOfMetadata(metadata: Attributes): Json | null {
  const repo = textAt(metadata, 'lc_hub_repo');
  if (repo !== null) {
    const owner = textAt(metadata, 'lc_hub_owner');
    // `-` is the hub's own word for "mine".
    const name = owner === null || owner === '-' ? repo : `${owner}/${repo}`;
    return promptRef(name, textAt(metadata, 'lc_hub_commit_hash'));
  }
  const opik = opikPrompts(jsonAt(metadata, 'opik_prompts'));
  if (opik !== null) return opik;
  const whole = jsonAt(metadata, 'prompt');
  const name =
    textAt(metadata, 'prompt_name', 'promptName', 'prompt.name') ??
    (isObject(whole) ? (textOf(whole['name']) ?? textOf(whole['key']) ?? textOf(whole['slug'])) : null);
  if (name === null) return null;
  const version =
    textAt(metadata, 'prompt_version', 'promptVersion', 'prompt.version') ?? (isObject(whole) ? textOf(whole['version']) : null);
  return { ...promptRef(name, version), ...(version === null ? {} : { link: 'metadata' }) };
}

/** Opik: `[{name, version: {commit, template}}]`. The commit is the version that its library shows. */
function opikPrompts(value: unknown): Json | null {
  if (!Array.isArray(value)) return null;
  const found = value.filter(isObject).flatMap((item) => {
    const name = textOf(item['name']);
    const version = isObject(item['version']) ? item['version'] : item;
    const template = textOf(version['template']) ?? textOf(item['prompt']);
    return name === null
      ? []
      : [{ ...promptRef(name, textOf(version['commit'])), ...(template === null ? {} : { sha256: promptSha256(template) }) }];
  });
  return oneOf(found);
}

/** MLflow: `[{name, version}]`, as JSON text (also JSON of JSON text, as its OTLP export has it) or as a list. */
export function linkedPrompts(value: unknown): Json | null {
  let list = value;
  for (let turn = 0; turn < 2 && typeof list === 'string'; turn++) list = jsonAt(new Map([['', list]]), '');
  if (!Array.isArray(list)) return null;
  const found = list.filter(isObject).flatMap((item) => {
    const name = textOf(item['name']);
    return name === null ? [] : [promptRef(name, textOf(item['version']))];
  });
  return oneOf(found);
}

/** Of several prompts none is *the* prompt; of several versions of one prompt at least the name is known. */
function oneOf(found: Json[]): Json | null {
  const distinct = [...new Map(found.map((each) => [`${String(each['name'])}\n${String(each['version'])}`, each])).values()];
  const [first] = distinct;
  if (first === undefined || distinct.length === 1) return first ?? null;
  return { name: first['name'], version: null, link: 'ambiguous' };
}

/** `exact` where there is a version; without one only the name is known. */
export function promptRef(name: string, version: string | null): Json {
  return { name, version, link: version === null ? 'none' : 'exact' };
}

export const noPrompt: Json = { name: '', version: null, link: 'none' };
