/** Long requests under way, so that `ratchet/cancel` finds them by the id that the client chose. */
export class RunRegistry {
  private readonly runs = new Map<string, AbortController>();

  /** Runs `work` with a signal that ends on `cancel(id)` and on `outer`. */
  async run<T>(id: string, outer: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    this.runs.set(id, controller);
    try {
      return await work(AbortSignal.any([controller.signal, outer]));
    } finally {
      this.runs.delete(id);
    }
  }

  cancel(id: string): void {
    this.runs.get(id)?.abort();
  }

  cancelAll(): void {
    for (const controller of this.runs.values()) controller.abort();
  }
}
