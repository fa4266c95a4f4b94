import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, UseGuards, UsePipes } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  foreignGroupSchema,
  groupAuditSchema,
  groupPutResultSchema,
  groupListSchema,
  groupRegisterResultSchema,
  groupWishSchema,
  groupPutSchema,
  pauseRequestSchema,
  retireGroupQuerySchema,
  type GroupAudit,
  type GroupChangeStatus,
  type GroupList,
  type GroupRegisterResult,
  type PauseRequest,
  groupStatusSchema,
  problemSchema,
  type GroupStatus,
  type RetireGroup,
} from '@sluice/contracts';
import type { z } from 'zod';
import { AdminGuard, RequestPipe } from '@sluice/platform';
import { GroupChangeService } from './group-change.service.js';
import { GroupRegisterService } from './group-register.service.js';
import { GroupService } from './group.service.js';
import { GroupWishInvalidError } from './group-wish-invalid.error.js';

const unauthorized = { status: 401, standardSchema: problemSchema, description: 'No or a wrong token' };
const unknown = { status: 404, standardSchema: problemSchema, description: 'No such group' };
const invalid = { status: 400, standardSchema: problemSchema, description: 'The body is not a change of a group' };
const refused = { status: 409, standardSchema: problemSchema, description: 'Not as the group stands now' };
const unavailable = { status: 503, standardSchema: problemSchema, description: 'The state database is away' };

/** The consumer group of this replica, for operators. */
@ApiTags('groups')
@ApiBearerAuth()
@ApiResponse(unauthorized)
@UseGuards(AdminGuard)
@Controller('api/v1/groups')
export class GroupsController {
  constructor(
    private readonly groups: GroupService,
    private readonly changes: GroupChangeService,
    private readonly register: GroupRegisterService,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The group that this replica serves, and what is registered beside it' })
  @ApiResponse({ status: 200, standardSchema: groupListSchema })
  async list(): Promise<GroupList> {
    return { groups: [await this.groups.status()], others: await this.register.others() };
  }

  @Put(':name')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Change the number of partitions while the group is read (see `next`), or register a foreign group',
  })
  @ApiQuery({ name: 'dryRun', required: false, description: 'true: only say what would happen' })
  @ApiResponse({ status: 200, standardSchema: groupPutResultSchema })
  @ApiResponse(invalid)
  @ApiResponse(unknown)
  @ApiResponse(refused)
  @ApiResponse(unavailable)
  change(
    @Param('name') name: string,
    @Body({ schema: groupPutSchema }) body: unknown,
    @Query('dryRun') dryRun?: string,
  ): Promise<GroupChangeStatus | GroupRegisterResult> {
    const isDryRun = dryRun === 'true';
    if (typeof body === 'object' && body !== null && 'partitions' in body)
      return this.changes.change(name, parsed(groupWishSchema, body), isDryRun);
    return this.register.registerForeign(name, parsed(foreignGroupSchema, body), isDryRun);
  }

  @Delete(':name')
  @UsePipes(RequestPipe)
  @ApiOperation({ summary: 'Retire a group without members, or a foreign one: streams no longer hold for it' })
  @ApiQuery({ name: 'dryRun', required: false, schema: { type: 'boolean' }, description: 'Only say what would happen' })
  @ApiQuery({
    name: 'queues',
    required: false,
    enum: ['keep', 'delete', 'discard'],
    description: 'delete: an own group’s, if empty; discard: in any case',
  })
  @ApiQuery({ name: 'by', description: 'Who asks' })
  @ApiQuery({ name: 'reason', description: 'Why' })
  @ApiQuery({ name: 'revision', required: false, description: 'As the caller saw it' })
  @ApiResponse({ status: 200, standardSchema: groupRegisterResultSchema })
  @ApiResponse(invalid)
  @ApiResponse(unknown)
  @ApiResponse(refused)
  @ApiResponse(unavailable)
  retire(
    @Param('name') name: string,
    @Query({ schema: retireGroupQuerySchema }) query: RetireGroup,
  ): Promise<GroupRegisterResult> {
    return this.register.retire(name, query);
  }

  @Get(':name/history')
  @ApiOperation({ summary: 'Who registered, changed, paused or retired it, when and why; newest first' })
  @ApiResponse({ status: 200, standardSchema: groupAuditSchema })
  @ApiResponse(unavailable)
  history(@Param('name') name: string): Promise<GroupAudit> {
    return this.register.history(name);
  }

  @Post(':name/pause')
  @UsePipes(RequestPipe)
  @HttpCode(200)
  @ApiOperation({ summary: 'Stop consuming on all replicas; running handlers end, the rest waits in the queues' })
  @ApiResponse({ status: 200, standardSchema: groupStatusSchema })
  @ApiResponse(unknown)
  @ApiResponse(unavailable)
  pause(
    @Param('name') name: string,
    @Body({ schema: pauseRequestSchema.optional() }) { by, reason }: PauseRequest = {},
  ): Promise<GroupStatus> {
    return this.groups.ask(name, 'pause', { by: by ?? null, reason: reason ?? null });
  }

  @Post(':name/resume')
  @UsePipes(RequestPipe)
  @HttpCode(200)
  @ApiOperation({ summary: 'Go on after a pause' })
  @ApiResponse({ status: 200, standardSchema: groupStatusSchema })
  @ApiResponse(unknown)
  @ApiResponse(unavailable)
  resume(
    @Param('name') name: string,
    @Body({ schema: pauseRequestSchema.optional() }) { by, reason }: PauseRequest = {},
  ): Promise<GroupStatus> {
    return this.groups.ask(name, 'resume', { by: by ?? null, reason: reason ?? null });
  }
}

/** Of two kinds of body: told is what is wrong with the one that was meant. */
function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const wish = schema.safeParse(body);
  if (!wish.success) throw new GroupWishInvalidError(wish.error);
  return wish.data;
}
