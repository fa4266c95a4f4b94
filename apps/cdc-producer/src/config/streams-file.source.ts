import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { dottedPath, faultsOf, type SettingsFault } from '@sluice/platform';
import { parse as parseYaml, YAMLParseError } from 'yaml';
import { streamSchema, streamsFileSchema, type StreamSettings } from './streams-file.schema.js';
import { crossFaults, type PlacedStream } from './streams.policy.js';

export interface StreamsFileContent {
  /** Absent where the file has a fault. */
  readonly value?: readonly StreamSettings[];
  /** What it says of each stream, and is no default: `streams.<name>.<option>`. */
  readonly given: readonly string[];
  readonly faults: readonly SettingsFault[];
}

/** Reads the streams' file, YAML or JSON; answers every fault at once, also those between streams. */
export function readStreamsFile(file: string, stateDb: string): StreamsFileContent {
  const content = readContent(file);
  if ('fault' in content) return { faults: [content.fault], given: [] };
  const parsed = streamsFileSchema.safeParse(content.value);
  const where = (path: readonly PropertyKey[]) => `${file}: ${dottedPath(path) || 'the file'}`;
  const own = parsed.success ? [] : faultsOf(parsed.error, content.value, where);
  const written = wellWritten(content.value);
  const faults = [...own, ...crossFaults(file, written, stateDb)];
  const given = written.flatMap(({ stream, options }) => options.map((option) => `streams.${stream.name}.${option}`));
  return parsed.success && faults.length === 0 ? { value: parsed.data.streams, faults, given } : { faults, given };
}

function readContent(file: string): { value: unknown } | { fault: SettingsFault } {
  const fault = (found: string) => ({
    fault: {
      path: file,
      found,
      allowed: 'a YAML or JSON file of streams; SLUICE_CONFIG says where it is (see sluice.example.yaml)',
    },
  });
  try {
    const text = readFileSync(file, 'utf8');
    const value = extname(file) === '.json' ? (JSON.parse(text) as unknown) : (parseYaml(text) as unknown);
    return value === null || value === undefined ? fault('nothing in it') : { value };
  } catch (error) {
    if (error instanceof YAMLParseError || error instanceof SyntaxError) return fault(firstLine(error.message));
    if (error instanceof Error && 'code' in error) return fault(describeCode(error));
    throw error;
  }
}

/** A stream with the options that the file names. */
interface WrittenStream extends PlacedStream {
  readonly options: readonly string[];
}

/** The streams that can be compared although others in the file are wrong. */
function wellWritten(content: unknown): WrittenStream[] {
  const streams = typeof content === 'object' && content !== null && 'streams' in content ? content.streams : undefined;
  if (!Array.isArray(streams)) return [];
  return streams.flatMap((each, index) => {
    const parsed = streamSchema.safeParse(each);
    return parsed.success ? [{ index, stream: parsed.data, options: Object.keys(each as object) }] : []; // it is one
  });
}

function describeCode(error: Error & { code: unknown }): string {
  if (error.code === 'ENOENT') return 'no such file';
  return error.code === 'EISDIR' ? 'a folder' : error.message;
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text;
}
