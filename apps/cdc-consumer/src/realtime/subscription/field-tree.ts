import { isFields } from '@sluice/contracts';
import { ownField } from './field-keys.js';

/** Fields to show, by name; `true`: the whole of it. */
export type FieldTree = true | ReadonlyMap<string, FieldTree>;

const NUMBER = /^\d+$/;

/** The tree of dotted paths; undefined stands for everything. */
export function fieldTree(paths: readonly string[] | undefined): FieldTree {
  if (paths === undefined) return true;
  const root = new Map<string, FieldTree>();
  for (const path of paths) addPath(root, path.split('.'));
  return root;
}

function addPath(tree: Map<string, FieldTree>, [name = '', ...rest]: readonly string[]): void {
  if (rest.length === 0) return void tree.set(name, true);
  const known = tree.get(name);
  if (known === true) return;
  const branch = new Map(known);
  addPath(branch, rest);
  tree.set(name, branch);
}

/** What both show. */
export function intersection(one: FieldTree, other: FieldTree): FieldTree {
  if (one === true) return other;
  if (other === true) return one;
  const both = new Map<string, FieldTree>();
  for (const [name, branch] of one) {
    const theirs = other.get(name);
    if (theirs === undefined) continue;
    const shared = intersection(branch, theirs);
    if (shared === true || shared.size > 0) both.set(name, shared);
  }
  return both;
}

/** Whether the whole of a field is shown, as a document's key names it: arrays have no part in a key. */
export function showsField(tree: FieldTree, path: readonly string[]): boolean {
  let branch: FieldTree | undefined = tree;
  for (const name of path) if (branch !== true) branch = branch?.get(name);
  return branch === true;
}

/**
 * Whether everything is shown that an equality on the path compares with, as a query reads it: a number means an index
 * and a name both, of which a tree shows no more than one.
 */
export function showsCompared(tree: FieldTree, path: readonly string[]): boolean {
  const number = path.findIndex((name, at) => at > 0 && NUMBER.test(name));
  return showsField(tree, number < 0 ? path : path.slice(0, number));
}

/** The paths of a tree again, sorted. */
export function pathsOf(tree: FieldTree): readonly string[] | undefined {
  if (tree === true) return undefined;
  const paths = [...tree].flatMap(([name, branch]) => pathsOf(branch)?.map((rest) => `${name}.${rest}`) ?? [name]);
  return paths.sort();
}

/** As a projection of MongoDB does it: inside arrays by element, leaving out what is no document where a field is asked. */
export function projected(value: unknown, tree: FieldTree): unknown {
  if (tree === true) return value;
  if (Array.isArray(value)) {
    return value.filter((each) => Array.isArray(each) || isFields(each)).map((each) => projected(each, tree));
  }
  return isFields(value) ? projectedFields(value, tree) : undefined;
}

export function projectedFields(
  fields: Readonly<Record<string, unknown>>,
  tree: FieldTree,
): Readonly<Record<string, unknown>> {
  if (tree === true) return fields;
  const shown: Record<string, unknown> = {};
  for (const [name, branch] of tree) {
    const value = projected(ownField(fields, name), branch);
    if (value === undefined) continue;
    Object.defineProperty(shown, name, { value, enumerable: true, writable: true, configurable: true }); // `__proto__` too
  }
  return shown;
}
