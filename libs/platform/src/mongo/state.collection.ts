import type { mongo } from 'mongoose';
import type { MongoLink } from './mongo.link.js';

/**
 * A collection of the state database on the driver itself: Mongoose does not cast update pipelines.
 *
 * Throws at once while MongoDB is away, so that nobody who stops a stream waits for it.
 */
export function stateCollection<Shape extends mongo.Document>(link: MongoLink, name: string): mongo.Collection<Shape> {
  const { db } = link.connection;
  if (!link.isConnected() || db === undefined) throw link.lastError ?? new Error('MongoDB is not connected yet');
  return db.collection<Shape>(name);
}
