import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SCENARIO_NAMES } from '../scenario-names.mjs';
import { EXPLAINED, judged, TARGETS } from './targets.mjs';

const run = (eventsPerSecond) => ({ eventsPerSecond, cpuMicrosecondsPerEvent: 10 });
const producer = (bson) => ({
  name: 'producer-600',
  rows: [
    { name: 'ceiling', runs: [run(100), run(200)] },
    { name: 'sluice-bson', runs: bson.map(run) },
    { name: 'debezium', runs: [], notRun: 'there is no Java here' },
    { name: 'sluice-json', runs: [run(75), run(150)] },
  ],
});
const verdictOf = (what, results) => judged(results).find((target) => target.what.startsWith(what));

describe('a target', () => {
  it('is met from its bound on, by the median of the rounds', () => {
    expect(verdictOf('producer, BSON: events/s', [producer([90, 180])])).toMatchObject({ isMet: true });
    expect(verdictOf('producer, BSON: events/s', [producer([89, 180])])).toMatchObject({ isMet: false });
  });

  it('is met by each round where it is a bound', () => {
    const memory = (...over) => [
      { name: 'memory', rows: [{ name: 'producer', runs: over.map((overMegabytes) => ({ overMegabytes })) }] },
    ];
    expect(verdictOf('producer: memory', memory(10, 64, 20))).toMatchObject({ isMet: true });
    expect(verdictOf('producer: memory', memory(10, 65, 20))).toMatchObject({ isMet: false });
  });

  it('is neither met nor not where one of its rows was not measured', () => {
    expect(verdictOf('producer, JSON: events/s to Debezium', [producer([90, 180])]).isMet).toBeUndefined();
    expect(verdictOf('consumer, BSON', []).isMet).toBeUndefined();
  });

  it('is of a scenario that exists, and has a bound', () => {
    for (const { scenario, atLeast, atMost } of TARGETS) {
      expect(SCENARIO_NAMES).toContain(scenario);
      expect([atLeast, atMost].filter((bound) => bound !== undefined)).toHaveLength(1);
    }
  });

  it('has a heading in the profile under which it is explained where it is not met', () => {
    const profile = readFileSync(new URL('../../docs/performance-profile.md', import.meta.url), 'utf8');
    const headings = [...profile.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
      heading
        .toLowerCase()
        .replace(/[^a-z0-9 -]/g, '')
        .replace(/ /g, '-'),
    );
    for (const { scenario } of TARGETS) expect(headings).toContain(EXPLAINED[scenario]);
  });
});
