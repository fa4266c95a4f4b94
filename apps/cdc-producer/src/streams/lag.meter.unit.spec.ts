import { Timestamp } from 'mongodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { LagMeter } from './lag.meter.js';

const at = (t: number) => ({ clusterTime: new Timestamp({ t, i: 1 }), generation: 0, ordinal: 0 });
const serverTime = (t: number) => new Timestamp({ t, i: 1 });

let nowMs: number;
let lag: LagMeter;
beforeEach(() => {
  nowMs = 5_000;
  lag = new LagMeter(() => nowMs);
});

describe('the lag of a stream', () => {
  it('is not known before anything is through, nor after the stream went to another', () => {
    lag.heard(serverTime(100), nowMs);
    expect(lag.seconds).toBeNull();
    lag.reached({ last: null, caughtUpAtMs: nowMs });
    expect(lag.seconds).toBe(0);
    lag.forget();
    expect(lag.seconds).toBeNull();
  });

  it('counts from the moment at which the server had nothing more, however old the last event is', () => {
    lag.heard(serverTime(9_999), nowMs);
    lag.reached({ last: at(100), caughtUpAtMs: nowMs });
    nowMs += 1_500;
    expect(lag.seconds).toBe(1.5);
  });

  it("else is the last event's age by the server's clock, which goes on between replies", () => {
    lag.heard(serverTime(160), nowMs);
    lag.reached({ last: at(100) });
    expect(lag.seconds).toBe(60);
    nowMs += 2_000;
    expect(lag.seconds).toBe(62);
    lag.heard(undefined, nowMs);
    expect(lag.seconds).toBe(62);
    lag.heard(serverTime(170), nowMs);
    expect(lag.seconds).toBe(70);
  });

  it('grows while what was read does not go through, and an event from just now is no negative one', () => {
    lag.heard(serverTime(100), nowMs);
    lag.reached({ last: at(101) });
    expect(lag.seconds).toBe(0);
    lag.heard(serverTime(200), nowMs); // read on, and nothing of it confirmed
    expect(lag.seconds).toBe(99);
  });
});
