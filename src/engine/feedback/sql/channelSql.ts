/** Which channel a record is of, whether it is a complaint, and whose evidence it is: the rules of `channel.ts`, said in SQL. */
import type { Dialect } from './dialect.js';

/** Channel of feedback as a text; `system` for what the system says of itself, '' for none. As `channelOf` in `channel.ts`. */
export function channelSql(dialect: Dialect, alias: string): string {
  const { signal, actor } = { signal: `${alias}.signal`, actor: `${alias}.actor` };
  const is = (prefix: string): string => dialect.startsWith(signal, `'${prefix}.'`);
  // What is most of all comes first; no rule below says otherwise of it.
  return `CASE WHEN ${actor} = 'end_user' AND ${is('explicit')} THEN 'explicit'
    WHEN ${is('system')} THEN 'system'
    WHEN ${actor} = 'llm_judge' OR ${is('judge')} THEN 'judge'
    WHEN ${actor} = 'expert' THEN 'expert'
    WHEN ${is('review')} THEN CASE WHEN ${actor} = 'end_user' THEN 'expert' ELSE '' END
    WHEN ${actor} <> 'end_user' THEN ''
    WHEN ${is('implicit')} THEN ${alias}.signal ELSE '' END`;
}

/** As `isLow` in `channel.ts`: y below one half, or words without a rating. */
export function lowSql(dialect: Dialect, alias: string): string {
  return `(CASE WHEN ${alias}.y IS NOT NULL THEN CASE WHEN ${alias}.y < 0.5 THEN 1 ELSE 0 END
    WHEN (${alias}.said = 1 OR ${alias}.fix = 1) AND ${dialect.startsWith(`${alias}.signal`, "'explicit.'")} THEN 1 ELSE 0 END)`;
}

/** Key of whose evidence it is: user, else session, else the event. */
export function unitSql(dialect: Dialect, alias: string): string {
  const tagged = (tag: string, name: string): string => dialect.join(`'${tag}'`, `${alias}.${name}`);
  return `COALESCE(${tagged('u', 'usr')}, ${tagged('s', 'ses')}, ${tagged('e', 'id')})`;
}

/** The same as a number, which costs no new text. */
export function unitNumber(dialect: Dialect, alias: string): string {
  return `COALESCE(${dialect.hash(`${alias}.usr`, 1)}, ${dialect.hash(`${alias}.ses`, 2)}, ${dialect.hash(`${alias}.id`, 3)})`;
}
