import { Injectable } from '@nestjs/common';
import { Caller, DURABLE, MongoLink, stateCollection, type Role } from '@sluice/platform';
import type { Collection } from 'mongodb';
import { TicketStore } from './ticket.store.js';

const TICKETS = 'realtimeTickets';

interface TicketRecord {
  readonly _id: string;
  readonly expiresAt: Date;
  readonly role: Role;
  readonly name: string | null;
  readonly tokenDigest?: string;
  readonly tokenExpiresAt?: Date;
  /** As JSON: names of claims may hold dots and dollars. */
  readonly claims?: string;
}

/** In the state database, so that any replica takes a ticket that another one gave, and only one of them. */
@Injectable()
export class MongoTicketStore extends TicketStore {
  private isIndexed = false;

  constructor(private readonly link: MongoLink) {
    super();
  }

  override async add(digest: string, { role, name, proof }: Caller, expiresAt: Date): Promise<void> {
    const { tokenDigest, expiresAt: tokenExpiresAt, claims } = proof;
    await this.index();
    await this.tickets.insertOne(
      {
        _id: digest,
        expiresAt,
        role,
        name,
        ...(tokenDigest === undefined ? {} : { tokenDigest }),
        ...(tokenExpiresAt === undefined ? {} : { tokenExpiresAt }),
        ...(claims === undefined ? {} : { claims: JSON.stringify(claims) }),
      },
      { writeConcern: DURABLE },
    );
  }

  override async take(digest: string, now: Date): Promise<Caller | undefined> {
    const found = await this.tickets.findOneAndDelete({ _id: digest }, { writeConcern: DURABLE });
    if (found === null || found.expiresAt <= now) return undefined;
    const { role, name, tokenDigest, tokenExpiresAt, claims } = found;
    return new Caller(role, name, {
      ...(tokenDigest === undefined ? {} : { tokenDigest }),
      ...(tokenExpiresAt === undefined ? {} : { expiresAt: tokenExpiresAt }),
      ...(claims === undefined ? {} : { claims: JSON.parse(claims) as Record<string, unknown> }), // as it was written
    });
  }

  /** The server clears away what nobody used. */
  private async index(): Promise<void> {
    if (this.isIndexed) return;
    await this.tickets.createIndex({ expiresAt: 1 }, { expireAfterSeconds: 0 });
    this.isIndexed = true;
  }

  private get tickets(): Collection<TicketRecord> {
    return stateCollection<TicketRecord>(this.link, TICKETS);
  }
}
