import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { MirrorProjection, type MirrorFigures } from './mirror.projection.js';

/** A mirror of this application, and what it has done since its start. */
export interface MirrorDescription extends MirrorFigures {
  /** Name of its class. */
  readonly name: string;
}

/** Knows the mirrors of the application, for those who show how they fare. */
@Injectable()
export class Mirrors {
  constructor(private readonly discovery: DiscoveryService) {}

  /** In a stable order; an instance that several providers hand out is one. */
  describe(): MirrorDescription[] {
    const instances = new Set(this.discovery.getProviders().map(({ instance }): unknown => instance));
    return [...instances]
      .filter((instance) => instance instanceof MirrorProjection)
      .map((mirror) => ({ name: mirror.constructor.name, ...mirror.figures() }));
  }
}
