import { checkpointStoreContract, type StoreUnderContract } from './checkpoint-store.contract.js';
import { InMemoryCheckpointStore } from './in-memory-checkpoint.store.js';

checkpointStoreContract('memory', () => Promise.resolve(inMemory()));

function inMemory(): StoreUnderContract {
  const store = new InMemoryCheckpointStore();
  let kills = 0;
  return {
    store,
    take: (stream) => Promise.resolve(store.take(stream)),
    setPaused: (stream, isPaused) => Promise.resolve(store.setPaused(stream, isPaused)),
    killedDuring: async (work) => {
      const dying = store.beside();
      const working = work(dying).catch(() => undefined);
      if (kills++ % 2 === 0) await working; // every other one has just been done
      dying.fail(new Error('killed'));
      await working;
    },
    close: () => Promise.resolve(),
  };
}
