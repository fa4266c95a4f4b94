import { EventBuilder } from './event.builder.js';

const events = new EventBuilder();

/*
 * One builder's methods as functions, for tests that need no stream of their own. Make an `EventBuilder` where ids and
 * positions have to be the same in every run, whatever ran before.
 */
export const anInsert = events.anInsert.bind(events);
export const anUpdate = events.anUpdate.bind(events);
export const aReplace = events.aReplace.bind(events);
export const aDelete = events.aDelete.bind(events);
export const aRead = events.aRead.bind(events);
export const aDrop = events.aDrop.bind(events);
export const aDropDatabase = events.aDropDatabase.bind(events);
export const aRename = events.aRename.bind(events);
export const anInvalidate = events.anInvalidate.bind(events);
export const aGap = events.aGap.bind(events);
