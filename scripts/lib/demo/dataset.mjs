import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../paths.mjs';

const folder = join(root, 'node_modules', 'vega-datasets', 'data');
const read = (file) => JSON.parse(readFileSync(join(folder, file), 'utf8'));

/**
 * Real, published data (npm package vega-datasets): 3,201 films, and the earthquakes of one week of 2018 as the USGS
 * lists them. Films get an ObjectId from the driver, earthquakes keep the id that the USGS gave them.
 */
export function collections() {
  return [
    { name: 'movies', documents: read('movies.json'), titleOf: ({ Title }) => String(Title) },
    {
      name: 'earthquakes',
      documents: read('earthquakes.json').features.map(({ id, ...feature }) => ({ _id: id, ...feature })),
      titleOf: ({ properties }) => String(properties?.title ?? properties?.place),
    },
  ];
}
