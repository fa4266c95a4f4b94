import type { mongo } from 'mongoose';
import type { MongoLink } from './mongo.link.js';

/** The state database on the driver itself. Throws at once while MongoDB is away, so that nobody who stops waits for it. */
export function stateDatabase(link: MongoLink): mongo.Db {
  const { db } = link.connection;
  if (!link.isConnected() || db === undefined) throw link.lastError ?? new Error('MongoDB is not connected yet');
  return db;
}

/** A collection of it: Mongoose does not cast update pipelines. */
export function stateCollection<Shape extends mongo.Document>(link: MongoLink, name: string): mongo.Collection<Shape> {
  return stateDatabase(link).collection<Shape>(name);
}
