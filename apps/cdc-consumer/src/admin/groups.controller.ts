import { Body, Controller, Get, HttpCode, Param, Post, Put, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  groupChangeSchema,
  groupListSchema,
  groupWishSchema,
  type GroupChangeStatus,
  groupStatusSchema,
  problemSchema,
  type GroupStatus,
} from '@sluice/contracts';
import { AdminGuard } from '@sluice/platform';
import { GroupChangeService } from './group-change.service.js';
import { GroupService } from './group.service.js';

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
  ) {}

  @Get()
  @ApiOperation({ summary: 'The group that this replica serves' })
  @ApiResponse({ status: 200, standardSchema: groupListSchema })
  async list(): Promise<{ groups: GroupStatus[] }> {
    return { groups: [await this.groups.status()] };
  }

  @Put(':name')
  @HttpCode(200)
  @ApiOperation({ summary: 'Change the number of partitions while the group is read; answers at once, see `next`' })
  @ApiQuery({ name: 'dryRun', required: false, description: 'true: only say what would happen' })
  @ApiResponse({ status: 200, standardSchema: groupChangeSchema })
  @ApiResponse(invalid)
  @ApiResponse(unknown)
  @ApiResponse(refused)
  @ApiResponse(unavailable)
  change(
    @Param('name') name: string,
    @Body({ schema: groupWishSchema }) body: unknown,
    @Query('dryRun') dryRun?: string,
  ): Promise<GroupChangeStatus> {
    return this.changes.change(name, body, dryRun === 'true');
  }

  @Post(':name/pause')
  @HttpCode(200)
  @ApiOperation({ summary: 'Stop consuming on all replicas; running handlers end, the rest waits in the queues' })
  @ApiResponse({ status: 200, standardSchema: groupStatusSchema })
  @ApiResponse(unknown)
  @ApiResponse(unavailable)
  pause(@Param('name') name: string): Promise<GroupStatus> {
    return this.groups.setPaused(name, true);
  }

  @Post(':name/resume')
  @HttpCode(200)
  @ApiOperation({ summary: 'Go on after a pause' })
  @ApiResponse({ status: 200, standardSchema: groupStatusSchema })
  @ApiResponse(unknown)
  @ApiResponse(unavailable)
  resume(@Param('name') name: string): Promise<GroupStatus> {
    return this.groups.setPaused(name, false);
  }
}
