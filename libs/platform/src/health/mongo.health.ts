import { thrownMessage } from '@sluice/contracts';
import type { MongoLink } from '../mongo/mongo.link.js';
import { linkReadiness, type Readiness } from './health-check.js';

const PING_MS = 2_000;

/** Asks the server itself: a connection that looks open may lead nowhere. */
export async function mongoReadiness(link: MongoLink): Promise<Readiness> {
  try {
    await link.ping(PING_MS);
    return linkReadiness(link);
  } catch (error) {
    const reason = thrownMessage(error);
    return { ready: false, state: link.isConnected() ? 'not answering' : link.status, since: link.since, reason };
  }
}
