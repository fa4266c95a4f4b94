import { Injectable } from '@nestjs/common';
import { DEAD_LETTER_HEADERS, type ChangeEvent } from '@sluice/contracts';
import { HandlerRegistry, Inbox, inboxEntryOf, type OnceOptions } from '@sluice/handlers';
import type { Message } from 'amqplib';
import { ConsumerSettings } from '../config/consumer.settings.js';

/** Ends the inbox's transaction where the handler would be called, so that nothing of the question stays. */
class OnlyAsked extends Error {}

/**
 * Knows of a dead letter that it comes too late, before it is sent back: its handler has dealt with a later change of the
 * document. Asked of the inbox itself, in a transaction that is taken back, so that the answer here and the one in the
 * lane are one decision. A handler without `once` keeps no versions, and nobody can tell.
 */
@Injectable()
export class ReplayFence {
  private readonly group: string;

  constructor(
    private readonly registry: HandlerRegistry,
    private readonly inbox: Inbox,
    { environment }: ConsumerSettings,
  ) {
    this.group = environment.CONSUMER_GROUP;
  }

  /** @throws InboxUnavailableError */
  async isSuperseded({ properties }: Message, event: ChangeEvent): Promise<boolean> {
    const handler: unknown = properties.headers?.[DEAD_LETTER_HEADERS.handler];
    if (typeof handler !== 'string') return false;
    const once = this.onceOf(handler, event);
    if (once === undefined) return false;
    const entry = inboxEntryOf(event, handler, { group: this.group, replayed: true }, once);
    try {
      const { kind } = await this.inbox.handle(entry, () => Promise.reject(new OnlyAsked()));
      return kind === 'superseded';
    } catch (error) {
      if (error instanceof OnlyAsked) return false;
      throw error;
    }
  }

  private onceOf(name: string, event: ChangeEvent): OnceOptions | undefined {
    return this.registry.matching(event).find(({ handler }) => handler.name === name)?.subscription.once;
  }
}
