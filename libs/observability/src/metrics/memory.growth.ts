const LOOK_MS = 60_000;
const LOOKS = 60;

/** Tells by how much the process's resident memory has grown within the last hour, or since it is looked at. */
export class MemoryGrowth {
  private readonly seen: number[] = [];

  constructor(private readonly residentBytes: () => number = () => process.memoryUsage.rss()) {}

  /** Looks once a minute; answers how to end that. */
  start(): () => void {
    this.look();
    const timer = setInterval(() => this.look(), LOOK_MS).unref();
    return () => clearInterval(timer);
  }

  look(): void {
    this.seen.push(this.residentBytes());
    if (this.seen.length > LOOKS) this.seen.shift();
  }

  /** Null before the first look; negative where memory was given back. */
  get bytes(): number | null {
    const [first] = this.seen;
    return first === undefined ? null : this.residentBytes() - first;
  }
}
