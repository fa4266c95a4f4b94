import { styleText } from 'node:util';

export type Colour = 'dim' | 'bold' | 'red' | 'green' | 'yellow';

/** Where a command writes, and reads what is piped into it. */
export interface Terminal {
  /** Columns; undefined where the output goes into a pipe or a file, which nothing is cut for. */
  readonly width: number | undefined;
  write(text: string): void;
  /** What is said beside the output: progress, errors. */
  note(text: string): void;
  /** Plain where there are no colours: a pipe, `NO_COLOR`, a dumb terminal. */
  paint(colour: Colour, text: string): string;
  /** Standard input, to its end. */
  read(): Promise<string>;
}

/** The process's own. `NO_COLOR` and `FORCE_COLOR` count as Node reads them: https://no-color.org */
export function processTerminal(stdout = process.stdout, stderr = process.stderr): Terminal {
  const isCoded = stdout.isTTY && stdout.hasColors();
  return {
    width: stdout.isTTY ? stdout.columns : undefined,
    write: (text) => void stdout.write(text),
    note: (text) => void stderr.write(text),
    paint: (colour, text) => (isCoded ? styleText(colour, text, { validateStream: false }) : text),
    read: async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of process.stdin) chunks.push(chunk as Buffer); // no encoding is set
      return Buffer.concat(chunks).toString('utf8');
    },
  };
}
