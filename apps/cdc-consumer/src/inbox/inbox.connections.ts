import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { UnknownElementException } from '@nestjs/core/errors/exceptions/unknown-element.exception.js';
import { getConnectionToken } from '@nestjs/mongoose';
import { HandlerRegistry } from '@sluice/handlers';
import type { Connection } from 'mongoose';
import { ConnectionUnknownError } from './connection-unknown.error.js';

/** The name that a connection without one goes by in messages. */
export const DEFAULT_CONNECTION = 'default';

/** The Mongoose connections of this application, as handlers with `once` name them. */
@Injectable()
export class InboxConnections {
  constructor(
    private readonly modules: ModuleRef,
    private readonly registry: HandlerRegistry,
  ) {}

  /** Which connections handlers ask for, and who does. */
  used(): Map<string, string[]> {
    const used = new Map<string, string[]>();
    for (const { name, once } of this.registry.describeOnce()) {
      const { connection = DEFAULT_CONNECTION } = once;
      used.set(connection, [...new Set([...(used.get(connection) ?? []), name])]);
    }
    return used;
  }

  /** @throws ConnectionUnknownError */
  get(name: string): Connection {
    try {
      const token = name === DEFAULT_CONNECTION ? getConnectionToken() : getConnectionToken(name);
      return this.modules.get<Connection>(token, { strict: false });
    } catch (error) {
      if (error instanceof UnknownElementException) throw new ConnectionUnknownError(name, this.used().get(name) ?? []);
      throw error;
    }
  }
}
