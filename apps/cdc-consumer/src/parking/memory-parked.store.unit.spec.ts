import { MemoryParkedStore } from './memory-parked.store.fixture.js';
import { parkedStoreContract } from './parked-store.contract.js';

parkedStoreContract('memory', () => Promise.resolve(new MemoryParkedStore()));
