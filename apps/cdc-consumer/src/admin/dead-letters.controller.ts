import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  deadLetterDetailSchema,
  deadLetterOperationListSchema,
  deadLetterOperationSchema,
  deadLetterOrderQuerySchema,
  deadLetterOrderSchema,
  deadLetterPageSchema,
  deadLetterQuerySchema,
  deadLetterReplaySchema,
  problemSchema,
  type DeadLetterDetail,
  type DeadLetterOperation,
  type DeadLetterOrder,
  type DeadLetterPage,
  type DeadLetterQuery,
  type DeadLetterReplay,
} from '@sluice/contracts';
import { AskedBy, OptionalBody, type Caller } from '@sluice/platform';
import { DeadLetterDesk } from '../dead-letter/dead-letter.desk.js';

const noLetter = { status: 404, standardSchema: problemSchema, description: 'No such dead letter, or operation' };

/** The dead letters of this replica's group: look, replay, discard. */
@ApiTags('dead-letters')
@ApiResponse({
  status: 409,
  standardSchema: problemSchema,
  description: 'Somebody looks through them now, or replays them',
})
@ApiResponse({ status: 503, standardSchema: problemSchema, description: 'RabbitMQ or the state database is away' })
@Controller('api/v1/dead-letters')
export class DeadLettersController {
  constructor(private readonly desk: DeadLetterDesk) {}

  @Get()
  @ApiOperation({ summary: 'A page of dead letters, oldest first; none is taken' })
  @ApiResponse({ status: 200, standardSchema: deadLetterPageSchema })
  @ApiResponse(noLetter)
  list(@Query({ schema: deadLetterQuerySchema }) query: DeadLetterQuery): Promise<DeadLetterPage> {
    return this.desk.list(query);
  }

  @Get('operations')
  @ApiOperation({ summary: 'Who replayed or discarded what, when and why; the latest 100, newest first' })
  @ApiResponse({ status: 200, standardSchema: deadLetterOperationListSchema })
  async operations(): Promise<{ operations: DeadLetterOperation[] }> {
    return { operations: await this.desk.history() };
  }

  @Get('operations/:operation')
  @ApiOperation({ summary: 'How far an operation is' })
  @ApiResponse({ status: 200, standardSchema: deadLetterOperationSchema })
  @ApiResponse(noLetter)
  operation(@Param('operation') id: string): Promise<DeadLetterOperation> {
    return this.desk.operation(id);
  }

  @Post('operations/:operation/cancel')
  @HttpCode(202)
  @ApiOperation({ summary: 'End an operation within a few letters; what it has done stays' })
  @ApiResponse({ status: 202, standardSchema: deadLetterOperationSchema })
  @ApiResponse(noLetter)
  cancel(@Param('operation') id: string): Promise<DeadLetterOperation> {
    return this.desk.cancel(id);
  }

  @Post('replay')
  @HttpCode(202)
  @ApiOperation({ summary: 'Hand all letters that fit back to their handlers; goes on after the answer' })
  @ApiResponse({ status: 202, standardSchema: deadLetterOperationSchema })
  replayAll(
    @AskedBy() caller: Caller,
    @Body({ schema: deadLetterReplaySchema }) { filter, by, reason }: DeadLetterReplay,
  ): Promise<DeadLetterOperation> {
    return this.desk.replayAll(filter, askedFor(caller, { by, reason }));
  }

  @Get(':id')
  @ApiOperation({ summary: 'One dead letter, with its body' })
  @ApiResponse({ status: 200, standardSchema: deadLetterDetailSchema })
  @ApiResponse(noLetter)
  get(@Param('id') id: string): Promise<DeadLetterDetail> {
    return this.desk.get(id);
  }

  @Post(':id/replay')
  @HttpCode(200)
  @ApiOperation({ summary: 'Hand one letter back to its handler' })
  @ApiResponse({ status: 200, standardSchema: deadLetterOperationSchema })
  @ApiResponse(noLetter)
  replay(
    @Param('id') id: string,
    @AskedBy() caller: Caller,
    @OptionalBody(deadLetterOrderSchema) order: DeadLetterOrder = {},
  ): Promise<DeadLetterOperation> {
    return this.desk.replay(id, askedFor(caller, order));
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Remove one letter for good' })
  @ApiResponse({ status: 200, standardSchema: deadLetterOperationSchema })
  @ApiResponse(noLetter)
  discard(
    @Param('id') id: string,
    @AskedBy() caller: Caller,
    @Query({ schema: deadLetterOrderQuerySchema }) order: DeadLetterOrder,
  ): Promise<DeadLetterOperation> {
    return this.desk.discard(id, askedFor(caller, order));
  }
}

/** With the name that the caller's token proves. */
function askedFor(caller: Caller, { by, reason }: DeadLetterOrder): DeadLetterOrder {
  const name = caller.nameOrNull(by);
  return { ...(name === null ? {} : { by: name }), ...(reason === undefined ? {} : { reason }) };
}
