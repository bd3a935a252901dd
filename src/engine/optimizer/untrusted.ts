/** What text that came from a log or a model must not bring into a prompt. */

const PATTERNS: { reason: string; pattern: RegExp }[] = [
  {
    reason: 'a link',
    pattern: /\b(?:https?|ftp|file|data|javascript):\S*|\bwww\.\S*|\]\([^)]*\)|\b[a-z0-9-]+\.(?:com|net|org|io|dev|ru|cn|xyz|info|biz)\b/iu,
  },
  { reason: 'an e-mail address', pattern: /[\w.+-]+@[\w-]+\.[\w.]+/u },
  { reason: 'a number of four or more digits', pattern: /\d(?:[ .-]?\d){3,}/u },
  {
    reason: 'a secret',
    pattern: /\b(?:sk|pk|ghp|gho|xox[abp]|AKIA)[-_A-Za-z0-9]{12,}|\b(?:password|passwd|api[_ -]?key|secret|token)\s*[:=]/iu,
  },
  {
    reason: 'markup that a chat template reads',
    pattern: /<\|[a-z_]+\|>|\[\/?INST\]|<\/?(?:system|assistant|user|script|img|iframe)\b|^\s*(?:system|assistant|user|developer)\s*:/imu,
  },
  { reason: 'template syntax', pattern: /\{\{|\}\}|\{%|%\}|\{#|\$\{|<%/u },
  {
    reason: 'an instruction to whoever reads it',
    pattern:
      /\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:previous|prior|above|earlier|all|any|your|the|these|those|instructions?|rules?|prompt)\b|\byou are now\b|\bact as\b|\bpretend (?:to be|you)\b|\bfrom now on\b|\b(?:system|hidden|developer) (?:prompt|message|instructions?)\b|\b(?:jailbreak|developer mode|do anything now)\b|\b(?:call|run|execute|invoke) the \w+ (?:tool|function|command)\b|\breveal\b.{0,30}\b(?:prompt|instructions?|secret|key)\b/iu,
  },
];

/** The first thing in `text` that is not also in `seed`, in words; `null` where the text is clean. */
export function untrustedContent(text: string, seed = ''): string | null {
  for (const { reason, pattern } of PATTERNS) {
    const all = new RegExp(pattern.source, pattern.flags.includes('g') ? pattern.flags : `${pattern.flags}g`);
    for (const match of text.matchAll(all)) if (!seed.includes(match[0])) return reason;
  }
  return null;
}
