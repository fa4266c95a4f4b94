import { crashStoreContract } from './crash-store.contract.js';
import { MemoryCrashStore } from './memory-crash.store.fixture.js';

crashStoreContract('memory', () => Promise.resolve(new MemoryCrashStore()));
