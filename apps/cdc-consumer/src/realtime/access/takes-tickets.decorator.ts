import { applyDecorators } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { Needs } from '@sluice/platform';

/** Routes that browsers open by a URL alone: `RealtimeEntrance` takes a ticket there in place of a token. */
export const TakesTickets = () =>
  applyDecorators(
    Needs('subscriber'),
    ApiQuery({
      name: 'ticket',
      required: false,
      type: String,
      description: 'Of `POST /realtime/tickets`, where no header can be sent; in place of the token',
    }),
  );
