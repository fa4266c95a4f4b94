import type { Terminal } from './terminal.js';

const UNKNOWN = '-';

export function count(value: number | null): string {
  return value === null ? UNKNOWN : value.toLocaleString('en-US');
}

/** How long ago: `12s ago`, `3m ago`, `2h 13m ago`, `4d 2h ago`. */
export function ago(time: string | null, now: Date): string {
  return time === null ? UNKNOWN : `${duration((now.getTime() - Date.parse(time)) / 1000)} ago`;
}

/** Two units at most; a time that a clock puts into the future is now. */
export function duration(seconds: number | null): string {
  if (seconds === null) return UNKNOWN;
  const [s, m, h] = [Math.max(0, Math.floor(seconds)), 60, 3600];
  if (s < m) return `${s}s`;
  if (s < h) return `${Math.floor(s / m)}m`;
  if (s < 24 * h) return joined(s, h, 'h', m, 'm');
  return joined(s, 24 * h, 'd', h, 'h');
}

function joined(s: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((s % large) / small);
  return `${Math.floor(s / large)}${largeName}${rest === 0 ? '' : ` ${rest}${smallName}`}`;
}

export function orUnknown(value: string | null | undefined): string {
  return value ?? UNKNOWN;
}

/** Without the fraction of the second, which nobody reads. */
export function timeText(time: string | null): string {
  return orUnknown(time?.replace(/\.\d+Z$/, 'Z'));
}

/** Cut at the terminal's width. */
export function oneLine(text: string, width: number | undefined): string {
  return width !== undefined && text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
}

/** Broken between words at the terminal's width; what follows the first line is set in by `indent`. */
export function paragraph(text: string, width: number | undefined, indent = '  '): string {
  if (width === undefined) return `${text}\n`;
  const lines: string[] = [];
  const [first = '', ...words] = text.split(/(?<=\S) /);
  let line = first;
  for (const word of words) {
    if (line.length + 1 + word.length > width) {
      lines.push(line);
      line = `${indent}${word.trimStart()}`;
    } else line = `${line} ${word}`;
  }
  return [...lines, line].map((each) => `${each}\n`).join('');
}

/** A state's colour: green is well, yellow waits for somebody, red is broken. */
export function painted(terminal: Terminal, state: string): string {
  if (['running', 'bound', 'done'].includes(state)) return terminal.paint('green', state);
  if (['failed', 'disconnected', 'stopped', 'held'].includes(state)) return terminal.paint('red', state);
  return terminal.paint('yellow', state);
}
