const SLOTS = 1024;
const LONGEST = 64;

/**
 * Names that were read lately. Documents of a collection repeat theirs, and a name cut out of the text anew costs a
 * search in the runtime's table of strings each time. Bounded, so that hostile names cannot fill the memory.
 */
export class FieldNameCache {
  private readonly names: (string | undefined)[] = new Array<string | undefined>(SLOTS);

  /** `text.slice(start, end)`; `hash` is any hash of these characters. */
  nameAt(text: string, start: number, end: number, hash: number): string {
    const length = end - start;
    if (length > LONGEST) return text.slice(start, end);
    const slot = (hash ^ (hash >>> 10)) & (SLOTS - 1);
    const known = this.names[slot];
    if (known !== undefined && known.length === length && isAt(text, start, known)) return known;
    const name = text.slice(start, end);
    this.names[slot] = name;
    return name;
  }
}

function isAt(text: string, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) if (text.charCodeAt(start + i) !== name.charCodeAt(i)) return false;
  return true;
}
