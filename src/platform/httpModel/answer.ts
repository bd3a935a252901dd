import { isRecord } from '../../engine/config/yaml.js';
import type { ChatResponse } from '../../engine/ports.js';

/** Members by name or place, as most suites take their answer out: `json.choices[0].message.content`. */
const path = /^json((?:\.[A-Za-z_$][\w$]*|\[\d+\]|\[(?:'[^'\\]*'|"[^"\\]*")\])*)$/u;
const step = /\.([A-Za-z_$][\w$]*)|\[(\d+)\]|\[(?:'([^'\\]*)'|"([^"\\]*)")\]/gu;

/** The value at a plain path; `null` where the text is more than that and has to be run. */
export function valueAtPath(expression: string, json: unknown): { value: unknown } | null {
  const steps = path.exec(expression.trim())?.[1];
  if (steps === undefined) return null;
  let value = json;
  for (const [, name, place, single, double] of steps.matchAll(step)) {
    const key = name ?? place ?? single ?? double ?? '';
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return { value: undefined };
    value = (value as Record<string, unknown>)[key];
  }
  return { value };
}

const number = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);

/**
 * What a provider's code or an endpoint's JSON says: a text, data, or `{ output, tokenUsage, cost, error, metadata, finishReason }`. `null` where
 * there is no answer in it.
 */
export function readProviderResult(said: unknown): Omit<ChatResponse, 'latencyMs' | 'recorded'> | null {
  const whole = isRecord(said) && 'output' in said ? said : null;
  const output = whole === null ? said : whole['output'];
  if (output === undefined || output === null) return null;
  const usage = isRecord(whole?.['tokenUsage']) ? whole['tokenUsage'] : {};
  const cost = number(whole?.['cost']);
  const finish = whole?.['finishReason'];
  const isText = typeof output === 'string';
  return {
    text: isText ? output : JSON.stringify(output),
    ...(isText ? {} : { output }),
    ...(cost === null ? {} : { cost }),
    ...(isRecord(whole?.['metadata']) ? { metadata: whole['metadata'] } : {}),
    ...(whole?.['isRefusal'] === true ? { isRefusal: true } : {}),
    finishReason: typeof finish === 'string' ? finish : null,
    tokensIn: number(usage['prompt']),
    tokensOut: number(usage['completion']),
  };
}
