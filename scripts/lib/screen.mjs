import { stripVTControlCharacters } from 'node:util';

const out = process.stdout;
const isLive = Boolean(out.isTTY) && process.env['TERM'] !== 'dumb' && !process.env['CI'];
const isColoured = isLive && !process.env['NO_COLOR'];
const REDRAW_MS = 250;
const STILL_HERE_MS = 15_000;

const paint = (code) => (text) => (isColoured ? `\u001B[${code}m${text}\u001B[0m` : text);
export const dim = paint(2);
export const bold = paint(1);
export const green = paint(32);
export const red = paint(31);

let liveLine = '';

/** Rewrites one line in place at a terminal; elsewhere nothing, as a log has no use for it. '' takes it away. */
function draw(text) {
  if (!isLive) return;
  liveLine = text;
  const width = (out.columns || 80) - 1;
  out.write(`\r\u001B[2K${text.length > width ? `${text.slice(0, width - 1)}…` : text}`);
}

/** Prints a line; one that is being rewritten in place stays below it. */
export function print(line = '') {
  if (!liveLine) return void out.write(`${line}\n`);
  const kept = liveLine;
  out.write(`\r\u001B[2K${line}\n`);
  draw(kept);
}

const formatter = new Intl.NumberFormat('en-US');

/** A number for people: 6,381. */
export function count(value) {
  return formatter.format(value);
}

export function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}

/**
 * Runs one step of a run and shows it with its time. `work` gets `tell(line)` for what it has to say meanwhile and
 * `tell.progress(text)` for what changes all the time; it answers what is to stand behind the step's name, as text or as
 * `{ summary, result }`, with `isFine: false` for a result that is a failure.
 */
export async function step(name, work) {
  const start = performance.now();
  const title = name.padEnd(14);
  let progress = '';
  const elapsed = () => seconds(performance.now() - start);
  const show = () => draw(`· ${title} ${progress}${progress && '  '}${elapsed()}`);
  // A log gets a line now and then instead, so that nobody takes a long step for a dead one.
  const beat = setInterval(
    isLive ? show : () => print(`  ${title} ${progress} ${elapsed()} …`),
    isLive ? REDRAW_MS : STILL_HERE_MS,
  );
  const tell = (line) => print(`  ${line}`);
  tell.progress = (text) => (progress = text);
  show();
  try {
    const { result, summary, isFine } = normal(await work(tell));
    finish(beat);
    print(`${isFine ? green('✓') : red('✗')} ${title} ${summary}${dim(`  ${elapsed()}`)}`);
    return result;
  } catch (error) {
    finish(beat);
    print(`${red('✗')} ${title} ${dim(elapsed())}`);
    throw error;
  }
}

function finish(beat) {
  clearInterval(beat);
  draw('');
}

function normal(answer) {
  return { summary: '', isFine: true, ...(typeof answer === 'string' ? { summary: answer } : answer) };
}

/**
 * Shows why a run failed: the sentence, then the last lines of the log that goes with it. Nest's compiler colours what
 * it says wherever it says it.
 */
export function printFailure(error) {
  print();
  print(red(error.message));
  if (error.tail) print(shown(error.tail).replace(/^/gm, '  │ '));
}

function shown(text) {
  return isColoured ? text : stripVTControlCharacters(text);
}
