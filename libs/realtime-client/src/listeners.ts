/** Whoever wants to be told. */
export class Listeners<T extends unknown[]> {
  private readonly listeners = new Set<(...told: T) => void>();

  /** Answers how to be told no longer. */
  add(listener: (...told: T) => void): () => void {
    const own = (...told: T): void => listener(...told); // the same function given twice is told twice
    this.listeners.add(own);
    return () => void this.listeners.delete(own);
  }

  /** One that throws has its error reported as that of an event's listener is: whoever tells must go on. */
  tell(...told: T): void {
    for (const listener of this.listeners) {
      try {
        listener(...told);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
