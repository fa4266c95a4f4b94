import { MongoBinary } from 'mongodb-memory-server-core';

/** Prints the path of a `mongod`; downloads it into the given folder if it is not there yet. */
const [version, downloadDir] = process.argv.slice(2);
const path = await MongoBinary.getPath({ version, downloadDir, checkMD5: true });
console.log(`path ${path}`);
