import type { GroupRegistration } from '@sluice/contracts';

/** What the producer knows of the consumer groups. */
export abstract class GroupDirectory {
  /** Whether they have been read at all. */
  abstract readonly isRead: boolean;
  /** Name of a group whose registration cannot be understood; what it asks for is not known. */
  abstract readonly unreadable: string | undefined;
  /** The groups as last read. */
  abstract readonly groups: readonly GroupRegistration[];
  /** Reads them now. @throws where the state database does not answer. */
  abstract refresh(): Promise<readonly GroupRegistration[]>;
  /** Name of a group that is joining at the moment; streams wait for it, for a bounded time. */
  abstract joining(): string | undefined;
  /** Calls back after each change; answers how to stop that. */
  abstract onChange(listener: () => void): () => void;
}
