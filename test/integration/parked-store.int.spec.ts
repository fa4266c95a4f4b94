import { MongoParkedStore } from '../../apps/cdc-consumer/src/parking/mongo-parked.store.js';
import { parkedStoreContract } from '../../apps/cdc-consumer/src/parking/parked-store.contract.js';
import { aStateLink } from '../harness/state.link.js';

parkedStoreContract('MongoDB', async () => {
  const { link, settings } = await aStateLink();
  return new MongoParkedStore(link, settings);
});
