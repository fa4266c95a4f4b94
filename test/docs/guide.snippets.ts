const IMPORT = /^import (?:type )?\{([^}]*)\} from '(.*?)';$/gm;

/** The TypeScript of a guide, each piece without its imports, and what those name: `Name from module`. */
export interface GuideSnippet {
  readonly code: string;
  readonly imports: readonly string[];
}

export function snippetsOf(guide: string): readonly GuideSnippet[] {
  return [...guide.matchAll(/```ts\n(.*?)```/gs)].map(([, snippet = '']) => ({
    code: words(snippet.replaceAll(IMPORT, '')),
    imports: importsOf(snippet),
  }));
}

/** `Name from module`, for each name; of a file beside the snippet's only the name. */
export function importsOf(code: string): string[] {
  return [...code.matchAll(IMPORT)].flatMap(([, names = '', module = '']) =>
    names
      .split(',')
      .filter((name) => name.trim() !== '')
      .map((name) => `${name.replace(/\btype /, '').trim()}${module.startsWith('.') ? '' : ` from ${module}`}`),
  );
}

/** What a test has at hand for its snippets: what it imports, and the classes that it exports. */
export function availableIn(code: string): string[] {
  return [...importsOf(code), ...[...code.matchAll(/^export class (\w+)/gm)].map(([, name = '']) => name)];
}

/** Without the layout: a snippet is indented differently inside a test. */
export function words(text: string): string {
  return text.split(/\s+/).filter(Boolean).join(' ');
}
