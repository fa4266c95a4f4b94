import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  inboxLookupSchema,
  inboxQuerySchema,
  problemSchema,
  type InboxLookup,
  type InboxQuery,
} from '@sluice/contracts';
import { GroupMemory, type HandledEntry } from '../inbox/group-memory.js';
import { InboxAwayError } from './inbox-away.error.js';

/** What handlers with `once` have dealt with. */
@ApiTags('inbox')
@Controller('api/v1/inbox')
export class InboxController {
  constructor(private readonly memory: GroupMemory) {}

  @Get()
  @ApiOperation({ summary: 'Which groups and handlers have dealt with an event, and when' })
  @ApiResponse({ status: 200, standardSchema: inboxLookupSchema })
  @ApiResponse({ status: 503, standardSchema: problemSchema, description: 'A database with an inbox is away' })
  async find(@Query({ schema: inboxQuerySchema }) { eventId }: InboxQuery): Promise<InboxLookup> {
    const entries = await this.memory.find(eventId).catch((cause: unknown) => {
      throw new InboxAwayError(cause);
    });
    return { eventId, entries: entries.map(shown) };
  }
}

function shown({ handledAt, stream, position, ...entry }: HandledEntry): InboxLookup['entries'][number] {
  return { ...entry, stream: stream ?? null, position: position ?? null, handledAt: handledAt.toISOString() };
}
