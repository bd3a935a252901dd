/** The playbook: small edits that are known to help, keyed by what people complain about and by what fails. English prompts and complaints. */
import type { FailureKind } from '../types.js';

export interface Rule {
  id: string;
  summary: string;
  /** A complaint theme that asks for it. */
  theme: RegExp;
  /** A failing assertion that asks for it; gives the rule's text, or `null`. */
  fails?: (kind: FailureKind) => string | null;
  /** The text where a theme alone asks for it. */
  text: string | null;
  /** Sentences of the prompt that ask for the opposite. */
  opposite: RegExp;
}

/** What makes a classifier talk. */
export const TALK =
  /\b(explain|explanations?|reasoning|reasons?|why|in detail|detailed|details|step by step|friendly|chatty|chat|greet|greeting|small talk|apologi[sz]e|empath\w*|warm(?:ly|th)?|polite(?:ly)?|elaborate|thorough(?:ly)?|conversation\w*|introduce yourself|thank|describe|discuss|helpful sentences|paragraph|full sentences|(?:tell|inform|reassure) (?:the|your) (?:customer|user|reader|person|client|sender))\b/iu;

/** Complaints of people who wanted the label and got a letter. */
export const TALK_COMPLAINT =
  /\b(label|team|just|only|one word|single word|chat\w*|explain\w*|explanation|long|verbose|rambl\w*|essay|parse|route|routing|talk\w*|text|paragraph|answer)\b/iu;

const NEVER = /(?!)/u;

export const RULES: readonly Rule[] = [
  {
    id: 'json-only',
    summary: 'ask for JSON and nothing else',
    theme: /\b(json|parse|parser|malformed|code fence|markdown fence)\b/iu,
    fails: (kind) =>
      kind.type === 'is-json' && !kind.negate ? 'Output only one valid JSON value: no text before or after it, no code fence.' : null,
    text: 'Output only one valid JSON value: no text before or after it, no code fence.',
    opposite: TALK,
  },
  {
    id: 'starts-with',
    summary: 'say how the answer begins',
    theme: NEVER,
    fails: (kind) =>
      kind.type === 'starts-with' && !kind.negate && kind.expected.length === 1
        ? `Begin the answer with "${kind.expected[0] ?? ''}".`
        : null,
    text: null,
    opposite: NEVER,
  },
  {
    id: 'always-include',
    summary: 'name what every answer must contain',
    theme: NEVER,
    fails: (kind) =>
      /^i?contains$/u.test(kind.type) && !kind.negate && kind.expected.length === 1
        ? `Always include "${kind.expected[0] ?? ''}" in the answer.`
        : null,
    text: null,
    opposite: NEVER,
  },
  {
    id: 'never-write',
    summary: 'name what no answer may contain',
    theme: NEVER,
    fails: (kind) =>
      /^i?contains$/u.test(kind.type) && kind.negate && kind.expected.length === 1 ? `Never write "${kind.expected[0] ?? ''}".` : null,
    text: null,
    opposite: NEVER,
  },
  {
    id: 'shorter',
    summary: 'limit the length',
    theme: /\b(too long|long|lengthy|verbose|wordy|rambl\w*|wall of text|essay|shorter|concise|get to the point|to the point|tl;?dr)\b/iu,
    text: 'Answer in at most three short sentences.',
    opposite: /\b(in detail|detailed|elaborate|thorough(?:ly)?|comprehensive|long|at length|exhaustive)\b/iu,
  },
  {
    id: 'grounded',
    summary: 'forbid invented facts',
    theme:
      /\b(made up|makes? (?:things|stuff) up|invent\w*|hallucinat\w*|not true|wrong|false|incorrect|untrue|no such|does ?n[o']t exist|outdated)\b/iu,
    text: 'Use only facts from the given text. Where it does not say, say that you do not know.',
    opposite: /\b(be creative|guess|use your (?:own )?knowledge|imagine|confident(?:ly)?|always give an answer)\b/iu,
  },
  {
    id: 'on-topic',
    summary: 'answer the question first',
    theme:
      /\b(off.?topic|irrelevant|did ?n[o']t answer|not answer\w*|unrelated|beside the point|not what I asked|ignored my question|generic)\b/iu,
    text: 'Answer exactly the question that was asked, in the first sentence.',
    opposite: /\b(related topics|background first|begin with|start with|introduce)\b/iu,
  },
  {
    id: 'warmer',
    summary: 'ask for a warmer tone',
    theme: /\b(rude|cold|robotic|unfriendly|harsh|impolite|tone|dismissive|curt)\b/iu,
    text: 'Be warm and polite.',
    opposite: /\b(blunt|curt|no pleasantries|strict(?:ly)?|terse)\b/iu,
  },
  {
    id: 'plain-words',
    summary: 'ask for plain words',
    theme: /\b(jargon|complicated|confusing|technical terms|hard to (?:read|understand|follow)|unclear|do ?n[o']t understand)\b/iu,
    text: 'Use plain, everyday words and short sentences.',
    opposite: /\b(technical terms|formal|precise terminology|academic|sophisticated)\b/iu,
  },
  {
    id: 'steps',
    summary: 'ask for steps',
    theme: /\b(steps?|how do I|too short|more detail|not enough detail|incomplete|missing (?:info|details?|steps?))\b/iu,
    text: 'Give the steps to take, in order, one on each line.',
    opposite: /\b(brief(?:ly)?|one sentence|short|concise)\b/iu,
  },
  {
    id: 'language',
    summary: 'answer in the language of the message',
    theme: /\b(wrong language|in english|in german|in french|in spanish|not my language|language)\b/iu,
    text: 'Answer in the language of the message.',
    opposite: /\b(always (?:answer|reply|respond) in)\b/iu,
  },
  {
    id: 'sources',
    summary: 'name the source',
    theme: /\b(sources?|cite|citation|reference|where does (?:this|that) come from|link to)\b/iu,
    text: 'Name the document that each statement comes from.',
    opposite: /\b(do not (?:cite|mention sources)|without sources)\b/iu,
  },
];
