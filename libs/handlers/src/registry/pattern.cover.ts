import type { Pattern } from '@sluice/contracts';

/** A word that no pattern holds: only wildcards match it, so what matches it there matches any word there. */
const ANY_WORD = Symbol('any word');
type Word = string | typeof ANY_WORD;

/**
 * The patterns without those that another one of them covers, sorted and each once: `insert.shop.orders` beside
 * `*.shop.#` adds nothing but work for the broker, which keeps one binding per pattern and bucket. Matches exactly the
 * same keys as before.
 */
export function withoutCovered(patterns: readonly Pattern[]): Pattern[] {
  const sorted = [...new Set(patterns)].sort();
  return sorted.filter(
    (pattern, index) =>
      !sorted.some(
        (other, otherIndex) =>
          other !== pattern &&
          covers(other, pattern) &&
          // Of two that cover each other (`#` and `#.#`) the first stays.
          (otherIndex < index || !covers(pattern, other)),
      ),
  );
}

/** Whether every key that `narrow` matches is matched by `wide` too. */
export function covers(wide: Pattern, narrow: Pattern): boolean {
  const words = wide.split('.');
  return accepts(words, reachable(words, [0]), narrow.split('.'), 0);
}

/** Runs `wide` as an automaton over `narrow`; `states` are the positions in `wide` where it can stand. */
function accepts(wide: readonly string[], states: readonly number[], narrow: readonly string[], at: number): boolean {
  if (states.length === 0) return false;
  const word = narrow[at];
  if (word === undefined) return states.includes(wide.length);
  if (word === '*') return accepts(wide, step(wide, states, ANY_WORD), narrow, at + 1);
  if (word !== '#') return accepts(wide, step(wide, states, word), narrow, at + 1);
  return everyRepeat(wide, states).every((repeated) => accepts(wide, repeated, narrow, at + 1));
}

/** The sets of states after no word, one, two …, until they repeat. */
function everyRepeat(wide: readonly string[], start: readonly number[]): (readonly number[])[] {
  const sets: (readonly number[])[] = [];
  const seen = new Set<string>();
  for (let states = start; !seen.has(states.join()); states = step(wide, states, ANY_WORD)) {
    seen.add(states.join());
    sets.push(states);
  }
  return sets;
}

function step(wide: readonly string[], states: readonly number[], word: Word): number[] {
  const next = states.flatMap((state) => {
    if (wide[state] === '#') return [state];
    return wide[state] === '*' || wide[state] === word ? [state + 1] : [];
  });
  return reachable(wide, next);
}

/** `states` and those reached from them without a word, because `#` may stand for none. Sorted, each once. */
function reachable(wide: readonly string[], states: readonly number[]): number[] {
  const all = new Set(states);
  for (const state of all) if (wide[state] === '#') all.add(state + 1);
  return [...all].sort((a, b) => a - b);
}
