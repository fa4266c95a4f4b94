import { Injectable } from '@nestjs/common';
import type { Readiness } from '@sluice/platform';
import { feedReadiness } from './feed-readiness.policy.js';
import { FeedTail } from './feed.tail.js';
import { FeedBinding } from './rabbit/feed.binding.js';

/** Asks those who know whether this replica has live push to offer. */
@Injectable()
export class FeedReadiness {
  constructor(
    private readonly tail: FeedTail,
    private readonly binding: FeedBinding,
  ) {}

  read(): Readiness {
    return feedReadiness(this.tail.state, this.binding.since);
  }
}
