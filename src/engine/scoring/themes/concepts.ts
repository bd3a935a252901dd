/**
 * What people complain about again and again, by the words that they use for it, and the words of a prompt that bring it
 * about. A small synonym table, English; what it does not know is grouped by its own words (`clusters.ts`).
 */
export interface Concept {
  id: string;
  /** As a host shows it. */
  label: string;
  complaint: RegExp;
  /** Sentences of a prompt with one of these words are what the complaint points to; `null` = none are known. */
  cue: RegExp | null;
  /** Says the opposite of `cue` when it stands before it in the sentence ("do not explain"). */
  negatable: boolean;
}

export const concepts: readonly Concept[] = [
  {
    id: 'too-long',
    label: 'answers are too long',
    complaint:
      /(?<!\b(?:took|takes|taking|take) )\b(?:too|so|way too|far too|very|super) (?:long|wordy|verbose|chatty|lengthy|detailed)\b|\btoo (?:much|many) (?:text|words?|detail|details|talk|talking|information|info|explanation|chat|fluff|to read)\b|\b(?:wordy|verbose|chatty|chats|chatting|chatter|chitchat|chit chat|rambl\w*|waffl\w*|long[- ]winded|wall of text|essays?|novel|lectur\w+|tl;?dr|blah|fluff|filler|small talk)\b|\btalks? (?:too|so) much\b|\bget to the point\b|\b(?:be|more|keep it|make it|much) (?:short|shorter|brief|briefer|concise)\b|\b(?:shorter|briefer|more concise)\b|\bexplain(?:s|ed|ing)? (?:too|so|everything|every|itself|instead|its|at length)\b|\b(?:didn'?t|did not|don'?t|do not|no need to|stop|nobody|never) (?:\w+ ){0,3}(?:explain\w*|explanations?|essay|story|speech|chat)\b|\bunnecessary (?:text|detail|details|explanation|words)\b|\bwhy (?:all )?(?:the|this) (?:text|explanation|story|essay)\b|\bparagraphs?\b/,
    cue: /\b(?:explain\w*|explanation|details?|detailed|thorough\w*|comprehensive\w*|elaborate\w*|step[- ]by[- ]step|reasoning|in[- ]depth|lengthy|at length|chat|chatty|conversational\w*|everything|all (?:the )?options|friendly|small talk|background|context for)\b/,
    negatable: true,
  },
  {
    id: 'bare-answer',
    label: 'only the label was wanted',
    complaint:
      /\b(?:just|only) (?:\w+ ){0,4}(?:labels?|team|teams|word|category|name|number|code|json|result|class|department|queue)\b|\b(?:one|single) word\b|\bno (?:label|category|team|department)\b|\bwhere is the (?:label|team|category)\b|\b(?:didn'?t|did not|doesn'?t|does not|never) (?:\w+ ){0,3}(?:label|category|team|department|word)\b|\b(?:label|team|category|department)\b.{0,30}\b(?:nothing else|only|alone|instead)\b|\binstead of (?:\w+ ){0,3}(?:label|team|category|word|department|answering)\b|\b(?:wrong|bad|broken|unexpected|different|consistent) format\w*\b|\bformat(?:ting)? is\b|\b(?:can(?:no|')?t|could(?:n'?t| not)|fails? to|breaks?|broke) (?:\w+ ){0,3}(?:pars\w+|script|import|automation|router|routing)\b|\bnot (?:valid )?json\b/,
    cue: /\b(?:explain\w*|explanation|details?|detailed|reasoning|friendly|chat|conversational\w*|sentences?|greet\w*|say (?:what|which)|tell (?:\w+ ){0,3}(?:what|which|why)|polite\w*|paragraphs?|write)\b/,
    negatable: true,
  },
  {
    id: 'wrong',
    label: 'answers are wrong',
    complaint:
      /\b(?:wrong|incorrect|inaccurate|false|untrue|mistaken?|mistakes|misleading|nonsense|hallucinat\w*|fabricat\w*|invent(?:ed|s)|made (?:\w+ )?up|makes (?:\w+ )?up)\b(?! (?:language|format))|\bnot (?:true|right|correct|accurate)\b|\bisn'?t (?:true|right|correct|accurate)\b/,
    cue: /\b(?:guess\w*|assum\w+|creative\w*|always (?:give|answer)|never say|make up|imagin\w+|confident\w*)\b/,
    negatable: true,
  },
  {
    id: 'not-answered',
    label: 'the question was not answered',
    complaint:
      /\b(?:didn'?t|did not|doesn'?t|does not|never|not) (?:\w+ ){0,2}(?:answer\w*|help\w*|address\w*|solve[sd]?|respond\w*)\b|\bno answer\b|\b(?:unhelpful|useless|off[- ]topic|irrelevant|misunderst\w+|ignor(?:ed|es|ing))\b|\bnot what i (?:asked|wanted|meant|needed)\b|\bbeside the point\b|\b(?:another|different|wrong) question\b|\bnot my question\b/,
    cue: /\b(?:general\w*|in general|topic|redirect\w*|ignore|first (?:mention|introduce)|refer (?:them|the user|customers?)|point (?:them|the user|customers?) to)\b/,
    negatable: false,
  },
  {
    id: 'vague',
    label: 'answers are vague or incomplete',
    complaint:
      /\b(?:vague|generic|unclear|confus\w+|incomplete|superficial|boilerplate|half an answer|too short)\b|\bnot (?:enough|specific|clear)\b|\bmore (?:detail|details|specific|info|information)\b|\b(?:missing|lacks?|left out|without) (?:\w+ ){0,3}(?:steps?|details?|information|info|part|date|price|number)\b|\bdoesn'?t say (?:how|where|what|when)\b|\bno (?:steps|details|specifics|instructions)\b/,
    cue: /\b(?:short|shortly|brief\w*|concise\w*|one sentence|few words|at most|summar\w+|high[- ]level|general\w*|no details?|overview)\b/,
    negatable: false,
  },
  {
    id: 'tone',
    label: 'the tone is off',
    complaint:
      /\b(?:rude|cold|robotic|unfriendly|impolite|condescend\w*|patroni[sz]\w*|sarcas\w*|pushy|arrogant|too (?:formal|casual|friendly|cheerful)|tone|cringe|fake)\b/,
    cue: /\b(?:tone|formal\w*|informal\w*|friendly|polite\w*|professional\w*|casual\w*|humou?r\w*|style|cheerful\w*|enthusias\w*|strict\w*|emoji\w*)\b/,
    negatable: false,
  },
  {
    id: 'outdated',
    label: 'information is out of date',
    complaint:
      /\b(?:out[- ]?dated|out of date|obsolete|expired|no longer (?:true|valid|exists?|works?|available)|old (?:info|information|price|prices|version|policy|link|address))\b/,
    cue: /\b(?:20\d\d|as of|current\w*|latest|policy|policies|prices?)\b/,
    negatable: false,
  },
  {
    id: 'language',
    label: 'answers are in the wrong language',
    complaint:
      /\b(?:wrong|other|another|different|my|foreign) language\b|\b(?:in|not|wrote|written|speaks?|answers?|answered) (?:in )?(?:english|german|french|spanish|italian|dutch|portuguese|polish)\b|\btranslat\w+/,
    cue: /\b(?:english|german|french|spanish|italian|dutch|portuguese|polish|languages?|translat\w+)\b/,
    negatable: false,
  },
  {
    id: 'sources',
    label: 'sources are missing',
    complaint: /\b(?:sources?|citations?|cite[sd]?|references?|proof|evidence)\b|\b(?:broken|dead|no|missing|wrong) links?\b/,
    cue: /\b(?:sources?|cite|citations?|links?|references?|documents?)\b/,
    negatable: false,
  },
  {
    id: 'repeats',
    label: 'answers repeat themselves',
    complaint:
      /\b(?:repeat\w*|repetiti\w+|over and over|redundant|parrot\w*|copies my question|same (?:thing|answer|text|sentence) (?:again|twice|every))\b/,
    cue: /\b(?:repeat|restate|rephrase|summari[sz]e|begin (?:with|by)|start (?:with|by)|end (?:with|by))\b/,
    negatable: true,
  },
  {
    id: 'refuses',
    label: 'it refuses to help',
    complaint: /\b(?:refus\w+|declin\w+|won'?t (?:answer|help|do|tell)|can(?:no|')?t help|as an ai|sorry but)\b/,
    cue: /\b(?:refuse|decline|only answer|do not answer|don'?t answer|never|not allowed|must not)\b/,
    negatable: false,
  },
  {
    id: 'slow',
    label: 'answers take too long',
    complaint:
      /\b(?:slow\w*|took (?:forever|ages|too long|so long)|takes (?:forever|ages|too long|so long)|laggy|timed? out|(?:long|endless) wait|waiting)\b/,
    cue: null,
    negatable: false,
  },
];

/** Praise without a "but": not a complaint, whatever its rating says nothing about. */
export const praise = /\b(?:thanks?|thank you|great|perfect|awesome|excellent|love|loved|helpful|nice|works|good|well done|amazing)\b/;
export const reservation =
  /\b(?:but|not|however|no|never|too|wrong|except|though|n't|isn't|wasn't|didn't|doesn't|don't|can't|should|could|would)\b/;
