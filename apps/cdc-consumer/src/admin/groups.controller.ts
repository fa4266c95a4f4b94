import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  groupAuditSchema,
  groupPutResultSchema,
  groupListSchema,
  groupRegisterResultSchema,
  groupPutSchema,
  groupResetResultSchema,
  groupResetSchema,
  pauseRequestSchema,
  retireGroupQuerySchema,
  dryRunQuerySchema,
  type GroupAudit,
  type GroupChangeStatus,
  type GroupList,
  type GroupPut,
  type DryRunQuery,
  type GroupRegisterResult,
  type GroupReset,
  type GroupResetResult,
  type PauseRequest,
  groupStatusSchema,
  problemSchema,
  type GroupStatus,
  type RetireGroup,
} from '@sluice/contracts';
import { AskedBy, OptionalBody, type Caller } from '@sluice/platform';
import { GroupChangeService } from './group-change.service.js';
import { GroupRegisterService } from './group-register.service.js';
import { GroupResetService } from './group-reset.service.js';
import { GroupService } from './group.service.js';

const unknown = { status: 404, standardSchema: problemSchema, description: 'No such group' };
const refused = { status: 409, standardSchema: problemSchema, description: 'Not as the group stands now' };
const unavailable = { status: 503, standardSchema: problemSchema, description: 'The state database is away' };

/** The consumer group of this replica, for operators. */
@ApiTags('groups')
@Controller('api/v1/groups')
export class GroupsController {
  constructor(
    private readonly groups: GroupService,
    private readonly changes: GroupChangeService,
    private readonly register: GroupRegisterService,
    private readonly resets: GroupResetService,
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
  @ApiResponse({ status: 200, standardSchema: groupPutResultSchema })
  @ApiResponse(unknown)
  @ApiResponse(refused)
  @ApiResponse(unavailable)
  change(
    @Param('name') name: string,
    @Body({ schema: groupPutSchema }) body: GroupPut,
    @Query({ schema: dryRunQuerySchema }) { dryRun }: DryRunQuery,
    @AskedBy() caller: Caller,
  ): Promise<GroupChangeStatus | GroupRegisterResult> {
    if ('partitions' in body) return this.changes.change(name, { ...body, by: caller.nameOr(body.by) }, dryRun);
    return this.register.registerForeign(name, { ...body, by: caller.nameOr(body.by) }, dryRun);
  }

  @Delete(':name')
  @ApiOperation({ summary: 'Retire a group without members, or a foreign one: streams no longer hold for it' })
  @ApiResponse({ status: 200, standardSchema: groupRegisterResultSchema })
  @ApiResponse(unknown)
  @ApiResponse(refused)
  @ApiResponse(unavailable)
  retire(
    @Param('name') name: string,
    @Query({ schema: retireGroupQuerySchema }) query: RetireGroup,
    @AskedBy() caller: Caller,
  ): Promise<GroupRegisterResult> {
    return this.register.retire(name, { ...query, by: caller.nameOr(query.by) });
  }

  @Post(':name/reset')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Forget what the paused group has handled of a stream since then, so that a repeat is handled again',
    description:
      'For handlers with `once`, and of control events; others handle a repeat in any case, and mirrors keep the newest state. Then set the position of the stream, and resume.',
  })
  @ApiResponse({ status: 200, standardSchema: groupResetResultSchema })
  @ApiResponse(unknown)
  @ApiResponse(refused)
  @ApiResponse(unavailable)
  reset(
    @Param('name') name: string,
    @Body({ schema: groupResetSchema }) body: GroupReset,
    @Query({ schema: dryRunQuerySchema }) { dryRun }: DryRunQuery,
    @AskedBy() caller: Caller,
  ): Promise<GroupResetResult> {
    return this.resets.reset(name, { ...body, by: caller.nameOr(body.by) }, dryRun);
  }

  @Get(':name/history')
  @ApiOperation({ summary: 'Who registered, changed, paused or retired it, when and why; newest first' })
  @ApiResponse({ status: 200, standardSchema: groupAuditSchema })
  @ApiResponse({ ...unknown, description: 'No such group, and none of which anything is kept' })
  @ApiResponse(unavailable)
  history(@Param('name') name: string): Promise<GroupAudit> {
    return this.register.history(name);
  }

  @Post(':name/pause')
  @HttpCode(200)
  @ApiOperation({ summary: 'Stop consuming on all replicas; running handlers end, the rest waits in the queues' })
  @ApiResponse({ status: 200, standardSchema: groupStatusSchema })
  @ApiResponse(unknown)
  @ApiResponse(unavailable)
  pause(
    @Param('name') name: string,
    @AskedBy() caller: Caller,
    @OptionalBody(pauseRequestSchema) order: PauseRequest = {},
  ): Promise<GroupStatus> {
    return this.groups.ask(name, 'pause', caller.asking(order));
  }

  @Post(':name/resume')
  @HttpCode(200)
  @ApiOperation({ summary: 'Go on after a pause' })
  @ApiResponse({ status: 200, standardSchema: groupStatusSchema })
  @ApiResponse(unknown)
  @ApiResponse(unavailable)
  resume(
    @Param('name') name: string,
    @AskedBy() caller: Caller,
    @OptionalBody(pauseRequestSchema) order: PauseRequest = {},
  ): Promise<GroupStatus> {
    return this.groups.ask(name, 'resume', caller.asking(order));
  }
}
