import { Injectable } from '@nestjs/common';
import { Caller, DURABLE, MongoLink, stateCollection, type Role } from '@sluice/platform';
import type { Collection, Filter } from 'mongodb';
import { TicketStore, type ReturnTerm } from './ticket.store.js';

const TICKETS = 'realtimeTickets';
const OPTIONS = { writeConcern: DURABLE };

interface TicketRecord {
  readonly _id: string;
  readonly expiresAt: Date;
  readonly role: Role;
  readonly name: string | null;
  readonly tokenDigest?: string;
  readonly tokenExpiresAt?: Date;
  /** As JSON: names of claims may hold dots and dollars. */
  readonly claims?: string;
  /** It was used for a stream, and whoever shows this may come back to it. */
  readonly pass?: string;
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
      OPTIONS,
    );
  }

  override async find(digest: string, now: Date): Promise<Caller | undefined> {
    return callerIn(await this.tickets.findOne(unused(digest, now)));
  }

  override async take(digest: string, now: Date): Promise<Caller | undefined> {
    return callerIn(await this.tickets.findOneAndDelete(unused(digest, now), OPTIONS));
  }

  override async begin(digest: string, pass: string, { now, until }: ReturnTerm): Promise<Caller | undefined> {
    return callerIn(
      await this.tickets.findOneAndUpdate(unused(digest, now), { $set: { pass, expiresAt: until } }, OPTIONS),
    );
  }

  override async comeBack(digest: string, pass: string, { now, until }: ReturnTerm): Promise<Caller | undefined> {
    const begun = { _id: digest, pass, expiresAt: { $gt: now } };
    return callerIn(await this.tickets.findOneAndUpdate(begun, { $set: { expiresAt: until } }, OPTIONS));
  }

  override async keep(digests: readonly string[], until: Date): Promise<void> {
    await this.tickets.updateMany({ _id: { $in: digests } }, { $set: { expiresAt: until } }, OPTIONS);
  }

  /** The server clears away what nobody used, or came back to. */
  private async index(): Promise<void> {
    if (this.isIndexed) return;
    await this.tickets.createIndex({ expiresAt: 1 }, { expireAfterSeconds: 0 });
    this.isIndexed = true;
  }

  private get tickets(): Collection<TicketRecord> {
    return stateCollection<TicketRecord>(this.link, TICKETS);
  }
}

function unused(digest: string, now: Date): Filter<TicketRecord> {
  return { _id: digest, pass: { $exists: false }, expiresAt: { $gt: now } };
}

function callerIn(record: TicketRecord | null): Caller | undefined {
  if (record === null) return undefined;
  const { role, name, tokenDigest, tokenExpiresAt, claims } = record;
  return new Caller(role, name, {
    ...(tokenDigest === undefined ? {} : { tokenDigest }),
    ...(tokenExpiresAt === undefined ? {} : { expiresAt: tokenExpiresAt }),
    ...(claims === undefined ? {} : { claims: JSON.parse(claims) as Record<string, unknown> }), // as it was written
  });
}
