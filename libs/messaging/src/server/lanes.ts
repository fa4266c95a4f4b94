/** Work that waits for its turn in a lane. It settles by itself: a lane goes on whether it resolves or rejects. */
interface LaneTask {
  readonly owner: object;
  readonly run: () => Promise<unknown>;
}

interface Lane {
  readonly key: string;
  readonly waiting: LaneTask[];
  running: boolean;
}

/** So many lanes end at least before their map is made anew. */
const RENEWED_AFTER = 128;

/**
 * Runs the tasks of one lane key one after another, in the order in which they came, and those of different keys side
 * by side, at most `concurrency` at once. Lanes that can go on take turns, so that a busy document does not starve the
 * others. A lane exists only while it holds a task: memory is bounded by what is waiting.
 */
export class Lanes {
  private lanes = new Map<string, Lane>();
  /** Lanes that have ended since the map was made. */
  private ended = 0;
  /** Lanes with a task and none running, in the order in which they get their turn. */
  private readonly ready = new Set<Lane>();
  private running = 0;
  private readonly whenIdle: (() => void)[] = [];

  constructor(private readonly concurrency: number) {}

  /** Lanes that hold a task, running or waiting. */
  get size(): number {
    return this.lanes.size;
  }
  get active(): number {
    return this.running;
  }

  /** Puts a task at the end of its lane; `owner` is what `discard` takes back its waiting tasks by. */
  push(key: string, owner: object, run: () => Promise<unknown>): void {
    const lane = this.laneOf(key);
    lane.waiting.push({ owner, run });
    if (!lane.running) this.ready.add(lane);
    this.startReady();
  }

  /**
   * Forgets what this owner has waiting; what runs goes on, and keeps its lane. A lost channel's deliveries come again:
   * run from here as well, they would be handled once more than needed, and pile up behind a handler that hangs.
   */
  discard(owner: object): void {
    for (const lane of this.lanes.values()) {
      const kept = lane.waiting.filter((task) => task.owner !== owner);
      lane.waiting.splice(0, lane.waiting.length, ...kept);
      if (kept.length === 0 && !lane.running) this.remove(lane);
    }
  }

  /** Resolves when nothing runs, also of owners that are gone: a lost channel's handlers outlive it. */
  idle(): Promise<void> {
    return this.running === 0 ? Promise.resolve() : new Promise((resolve) => this.whenIdle.push(resolve));
  }

  private laneOf(key: string): Lane {
    const known = this.lanes.get(key);
    if (known !== undefined) return known;
    const lane: Lane = { key, waiting: [], running: false };
    this.lanes.set(key, lane);
    return lane;
  }

  private startReady(): void {
    for (const lane of this.ready) {
      if (this.running >= this.concurrency) return;
      this.ready.delete(lane);
      const task = lane.waiting.shift();
      if (task !== undefined) this.start(lane, task);
    }
  }

  private start(lane: Lane, task: LaneTask): void {
    lane.running = true;
    this.running += 1;
    const finished = () => this.finish(lane);
    task.run().then(finished, finished);
  }

  private finish(lane: Lane): void {
    lane.running = false;
    this.running -= 1;
    if (lane.waiting.length === 0) this.remove(lane);
    else this.ready.add(lane);
    this.startReady();
    if (this.running === 0) for (const resolve of this.whenIdle.splice(0)) resolve();
  }

  private remove(lane: Lane): void {
    this.ready.delete(lane);
    this.lanes.delete(lane.key);
    this.ended += 1;
    if (this.ended >= Math.max(RENEWED_AFTER, this.lanes.size / 4)) this.renew();
  }

  /**
   * V8 makes room in a map by moving it to a new table, and the old table refers to the new one. Once a table has grown
   * old, it and each that follows are kept by the one before until a full collection, and so is whatever was in them
   * when they were left: a third of a kilobyte for each event. Another map begins with a table that none refers to.
   */
  private renew(): void {
    this.lanes = new Map(this.lanes);
    this.ended = 0;
  }
}
