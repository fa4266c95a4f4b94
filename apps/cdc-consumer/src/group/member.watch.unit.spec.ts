import { describe, expect, it } from 'vitest';
import { MemberWatch } from './member.watch.js';

const ALIVE_MS = 10_000;
/** The server's clock and ours have nothing in common. */
const SERVER_OFFSET_MS = 5_000_000;

/** Some members, with the times at which they said something, by our clock. */
class Scene {
  now = 0;
  private readonly lastSeen = new Map<string, number>();
  private readonly watch = new MemberWatch(ALIVE_MS, () => this.now);

  /** The database takes the heartbeats of these, `self` being ours. */
  beat(...ids: string[]): this {
    for (const id of ids) this.lastSeen.set(id, this.now);
    if (ids.includes('self')) this.watch.answered(new Date(this.now + SERVER_OFFSET_MS));
    return this;
  }
  /** Time passes; the database takes the heartbeats of these meanwhile. */
  pass(ms: number, ...ids: string[]): this {
    const end = this.now + ms;
    while (this.now + 3_000 <= end) {
      this.now += 3_000;
      this.beat(...ids);
    }
    this.now = end;
    return this;
  }
  get alive(): string[] {
    const members = [...this.lastSeen].map(([id, at]) => {
      return { id, patterns: [], joinedAt: new Date(0), lastSeen: new Date(at + SERVER_OFFSET_MS) };
    });
    return this.watch
      .rollOf({ members })
      .alive.map(({ id }) => id)
      .sort();
  }
}

describe('the watch over members', () => {
  it('knows of nobody before the first answer', () => {
    expect(new Scene().beat('other').alive).toEqual([]);
  });

  it('takes a member that is silent for too long for dead, also between our own heartbeats', () => {
    const scene = new Scene().beat('self', 'other').pass(2 * ALIVE_MS, 'self', 'other');
    expect(scene.alive).toEqual(['other', 'self']);
    scene.pass(ALIVE_MS - 3_000, 'self');
    expect(scene.alive).toEqual(['other', 'self']);
    scene.pass(3_000, 'self');
    expect(scene.alive).toEqual(['self']);
  });

  it('knows at its start who was dead long before', () => {
    const scene = new Scene().beat('other').pass(ALIVE_MS).beat('self');
    expect(scene.alive).toEqual(['self']);
  });

  it('keeps everybody while the database is away, and until they had time to speak again', () => {
    const scene = new Scene().beat('self', 'other').pass(2 * ALIVE_MS, 'self', 'other');
    expect(scene.alive).toEqual(['other', 'self']);
    scene.pass(5 * ALIVE_MS);
    expect(scene.alive).toEqual(['other', 'self']);
    scene.pass(3_000, 'self');
    expect(scene.alive).toEqual(['other', 'self']);
    scene.pass(ALIVE_MS + 3_000, 'self');
    expect(scene.alive).toEqual(['self']);
  });

  it('of one who was frozen sees who has come meanwhile', () => {
    const scene = new Scene().beat('self', 'other').pass(2 * ALIVE_MS, 'self', 'other');
    expect(scene.alive).toEqual(['other', 'self']);
    scene.pass(5 * ALIVE_MS, 'other', 'new');
    expect(scene.alive).toEqual(['new', 'other', 'self']);
  });
});
