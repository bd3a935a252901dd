import type { ModelProfile } from '../config/types.js';
import { EngineError } from '../errors.js';
import type { ChatRequest, ChatResponse } from '../ports.js';

/** Tokens that an answer may have where nothing limits it: what is reserved before the request is sent. */
const unknownOutput = 4096;

const isFree = (profile: ModelProfile): boolean => profile.provider !== 'openai';

/** Cost of an answer in the currency of the profile's price; `null` where price or tokens are not known. */
export function costOf(profile: ModelProfile, response: Pick<ChatResponse, 'tokensIn' | 'tokensOut'>): number | null {
  const { price } = profile;
  if (price === undefined || response.tokensIn === null || response.tokensOut === null) return null;
  return (response.tokensIn * price.in + response.tokensOut * price.out) / 1_000_000;
}

/** Holds `--max-cost`: the most that a request may cost is set aside before it is sent, and what it did cost is settled after. */
export class CostCap {
  private reserved = 0;
  private waiting: (() => void)[] = [];

  /** `spent`: what the run took before it was interrupted. */
  constructor(
    private readonly limit: number | null,
    private spent = 0,
  ) {}

  /** Throws BAD_USAGE where a model that costs has no price: the cap could not be held. */
  check(profiles: readonly ModelProfile[]): void {
    if (this.limit === null) return;
    const unpriced = profiles.find((profile) => !isFree(profile) && profile.price === undefined);
    if (unpriced === undefined) return;
    throw new EngineError(
      'BAD_USAGE',
      `The model ${unpriced.name} has no price, so a cost limit cannot be held. Add price: { in: …, out: … } per million tokens to it in .ratchet/config.yaml.`,
    );
  }

  /** As `reserve`, but waits for requests that are under way where they may cost less than what is set aside for them. */
  async reserveInTime(profile: ModelProfile, request: ChatRequest): Promise<ReturnType<CostCap['reserve']>> {
    for (;;) {
      const reserved = this.reserve(profile, request);
      if (reserved !== null || this.reserved === 0 || this.limit === null || this.spent + upperBound(profile, request) > this.limit) {
        return reserved;
      }
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** `null` where the request would pass the limit. */
  reserve(profile: ModelProfile, request: ChatRequest): { settle(cost: number | null): void } | null {
    const most = this.limit === null || isFree(profile) ? 0 : upperBound(profile, request);
    if (this.limit !== null && this.spent + this.reserved + most > this.limit) return null;
    this.reserved += most;
    return {
      settle: (cost) => {
        this.reserved -= most;
        // A fault or an answer without token counts may have been charged.
        this.spent += cost ?? most;
        const waiting = this.waiting;
        this.waiting = [];
        for (const wake of waiting) wake();
      },
    };
  }
}

/** At most one token for each character sent: no tokenizer makes more of ordinary text. */
function upperBound(profile: ModelProfile, request: ChatRequest): number {
  const price = profile.price ?? { in: 0, out: 0 };
  const chars = request.messages.reduce((sum, message) => sum + message.content.length + 8, 0);
  const params = { ...profile.params, ...request.params };
  const most = params['max_completion_tokens'] ?? params['max_tokens'];
  return (chars * price.in + (typeof most === 'number' ? most : unknownOutput) * price.out) / 1_000_000;
}
