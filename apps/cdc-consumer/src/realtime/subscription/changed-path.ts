import { isFields, type ChangeEvent } from '@sluice/contracts';
import { ownField } from './field-keys.js';
import type { FieldTree } from './field-tree.js';

/** A part of a path, as an update names it. A number may be an array's index or the name of a field. */
interface PathPart {
  readonly name: string;
  readonly is: 'name' | 'index' | 'either';
}

/** `either`: what is shown depends on what a number means, and nobody has said that. */
export type Shown = FieldTree | 'hidden' | 'either';

const NUMBER = /^\d+$/;

/** What a tree shows at the paths of an update. Who takes a name for an index shows a field that is hidden. */
export function shownByUpdate(event: ChangeEvent, tree: FieldTree): (path: string) => Shown {
  return (path) => (tree === true ? true : shownAt(tree, partsOf(event, path)));
}

function shownAt(tree: FieldTree, [part, ...rest]: readonly PathPart[]): Shown {
  if (tree === true || part === undefined) return tree;
  const branch = tree.get(part.name);
  const byName = () => (branch === undefined ? 'hidden' : shownAt(branch, rest));
  if (part.is === 'name') return byName();
  if (part.is === 'either' && branch !== undefined) return 'either';
  const byIndex = shownAt(tree, rest); // elements of an array are shown as the array is
  return part.is === 'index' || byIndex === 'hidden' ? byIndex : 'either';
}

function partsOf(event: ChangeEvent, path: string): readonly PathPart[] {
  return saidParts(event, path) ?? guessedParts(path, preImageOf(event));
}

/** https://www.mongodb.com/docs/manual/reference/change-events/update/#path-disambiguation */
function saidParts(event: ChangeEvent, path: string): readonly PathPart[] | undefined {
  const said = event.operation === 'update' ? event.updateDescription.disambiguatedPaths?.[path] : undefined;
  if (!Array.isArray(said)) return undefined;
  return said.map((part): PathPart => ({ name: String(part), is: typeof part === 'string' ? 'name' : 'index' }));
}

/** By the document as it was: whatever an update names a part of was there before it, as an array or as a document. */
function guessedParts(path: string, before: unknown): readonly PathPart[] {
  let value = before;
  return path.split('.').map((name, at): PathPart => {
    const is = kindOf(name, at, value);
    value = Array.isArray(value)
      ? (value as unknown[])[Number(name)]
      : isFields(value)
        ? ownField(value, name)
        : undefined;
    return { name, is };
  });
}

function kindOf(name: string, at: number, parent: unknown): PathPart['is'] {
  if (at === 0 || !NUMBER.test(name) || isFields(parent)) return 'name';
  return Array.isArray(parent) ? 'index' : 'either';
}

function preImageOf(event: ChangeEvent): unknown {
  return 'fullDocumentBeforeChange' in event ? event.fullDocumentBeforeChange : undefined;
}
