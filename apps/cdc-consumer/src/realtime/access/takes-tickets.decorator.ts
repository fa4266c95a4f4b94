import { applyDecorators } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { REALTIME_PATHS } from '@sluice/contracts';
import { Needs } from '@sluice/platform';

/** Routes that browsers open by a URL alone: `RealtimeEntrance` takes a ticket there in place of a token. */
export const TakesTickets = () =>
  applyDecorators(
    Needs('subscriber'),
    ApiQuery({
      name: 'ticket',
      required: false,
      type: String,
      description: `Of \`POST ${REALTIME_PATHS.tickets}\`, where no header can be sent; in place of the token`,
    }),
  );
