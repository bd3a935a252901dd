/** A value that is loaded when asked for and kept until it is dropped or `maxAgeMs` old. Callers at the same time share one load. */
export class Cached<T> {
  private entry: { value: Promise<T>; since: number } | null = null;

  constructor(
    private readonly load: () => Promise<T>,
    private readonly maxAgeMs: number,
  ) {}

  get(): Promise<T> {
    if (this.entry !== null && Date.now() - this.entry.since < this.maxAgeMs) return this.entry.value;
    const value = this.load();
    const entry = { value, since: Date.now() };
    this.entry = entry;
    value.catch(() => {
      // The caller gets the error; the next one tries again.
      if (this.entry === entry) this.entry = null;
    });
    return value;
  }

  /** From now on this is the value. */
  put(value: T): void {
    this.entry = { value: Promise.resolve(value), since: Date.now() };
  }

  drop(): void {
    this.entry = null;
  }
}
