import { crashStoreContract } from '../../apps/cdc-consumer/src/crash/crash-store.contract.js';
import { MongoCrashStore } from '../../apps/cdc-consumer/src/crash/mongo-crash.store.js';
import { aStateLink } from '../harness/state.link.js';

crashStoreContract('MongoDB', async () => {
  const { link, settings } = await aStateLink();
  return new MongoCrashStore(link, settings);
});
