/** node: modules that reach outside the process; a library of plain types and codecs has no use for them. */
const PURE_NODE_MODULES = new Set(['assert', 'buffer', 'crypto', 'events', 'string_decoder', 'url', 'util']);

/** `libs/contracts` of `libs/contracts/src/index.ts`; undefined outside apps/ and libs/. */
function packageOf(path) {
  return /^(?:apps|libs)\/[^/]+/.exec(path)?.[0];
}

/** `libs/contracts` of `@sluice/contracts` or of a path into it. */
function importedPackage(target) {
  const lib = /^@sluice\/([^/]+)/.exec(target)?.[1];
  return lib ? `libs/${lib}` : packageOf(target);
}

/** Each rule with why it stands; `breaks` tells whether an import is against it. */
const RULES = [
  {
    rule: 'libs/contracts stays free of NestJS, so that any project can depend on it alone',
    breaks: ({ from, specifier }) => from === 'libs/contracts' && specifier.startsWith('@nestjs/'),
  },
  {
    rule: 'libs/contracts depends on no other library of ours',
    breaks: ({ from, to }) => from === 'libs/contracts' && to !== undefined && to !== from,
  },
  {
    rule: 'libs/contracts does no I/O',
    breaks: ({ from, specifier, isTest, nodeModules }) => {
      const name = specifier.replace(/^node:/, '').split('/')[0];
      return from === 'libs/contracts' && !isTest && nodeModules.has(name) && !PURE_NODE_MODULES.has(name);
    },
  },
  {
    rule: 'libraries never import an app',
    breaks: ({ from, to }) => from.startsWith('libs/') && (to?.startsWith('apps/') ?? false),
  },
  {
    rule: 'apps never import each other',
    breaks: ({ from, to }) => from.startsWith('apps/') && (to?.startsWith('apps/') ?? false) && to !== from,
  },
  {
    rule: 'another package is imported by its name, not by a path into it',
    breaks: ({ from, to, specifier }) => specifier.startsWith('.') && to !== undefined && to !== from,
  },
  {
    rule: 'a file imports its own package by the file that it means, not by the barrel (import cycles)',
    breaks: ({ from, to, specifier, target }) =>
      to === from && (specifier.startsWith('@sluice/') || target === `${from}/src/index.js`),
  },
];

/** The rule that an import breaks; undefined for a fine one. Paths are from the repository's root. */
export function ruleBrokenBy({ file, specifier, target, nodeModules }) {
  const from = packageOf(file);
  const facts = { from, to: importedPackage(target), specifier, target, nodeModules, isTest: /\.spec\.ts$/.test(file) };
  return RULES.find(({ breaks }) => breaks(facts))?.rule;
}
