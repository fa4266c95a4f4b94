import type { IncomingMessage } from 'node:http';
import {
  applyDecorators,
  Injectable,
  SetMetadata,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { ApiExtension, ApiQuery } from '@nestjs/swagger';
import { OPEN, ROLE_EXTENSION } from '@sluice/platform';
import { Admissions } from './admissions.js';
import { RealtimeEntrance } from './realtime.entrance.js';

/** Lets in by a token or a ticket. */
@Injectable()
export class RealtimeGuard implements CanActivate {
  constructor(
    private readonly entrance: RealtimeEntrance,
    private readonly admissions: Admissions,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<IncomingMessage & { query: Record<string, unknown> }>();
    const { ticket } = request.query;
    this.admissions.note(request, await this.entrance.admit(request, typeof ticket === 'string' ? ticket : undefined));
    return true;
  }
}

/** Routes that browsers open by a URL alone: the app's own guard, which knows tokens only, leaves them to ours. */
export const TakesTickets = () =>
  applyDecorators(
    SetMetadata(OPEN, true),
    ApiExtension(ROLE_EXTENSION, 'subscriber'),
    ApiQuery({
      name: 'ticket',
      required: false,
      type: String,
      description: 'Of `POST /realtime/tickets`, where no header can be sent; in place of the token',
    }),
    UseGuards(RealtimeGuard),
  );
