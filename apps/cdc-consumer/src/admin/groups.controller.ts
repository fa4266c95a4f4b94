import { Controller, Get, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { groupListSchema, groupStatusSchema, problemSchema, type GroupStatus } from '@sluice/contracts';
import { AdminGuard } from '@sluice/platform';
import { GroupService } from './group.service.js';

const unauthorized = { status: 401, standardSchema: problemSchema, description: 'No or a wrong token' };
const unknown = { status: 404, standardSchema: problemSchema, description: 'No such group' };
const unavailable = { status: 503, standardSchema: problemSchema, description: 'The state database is away' };

/** The consumer group of this replica, for operators. */
@ApiTags('groups')
@ApiBearerAuth()
@ApiResponse(unauthorized)
@UseGuards(AdminGuard)
@Controller('api/v1/groups')
export class GroupsController {
  constructor(private readonly groups: GroupService) {}

  @Get()
  @ApiOperation({ summary: 'The group that this replica serves' })
  @ApiResponse({ status: 200, standardSchema: groupListSchema })
  async list(): Promise<{ groups: GroupStatus[] }> {
    return { groups: [await this.groups.status()] };
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
