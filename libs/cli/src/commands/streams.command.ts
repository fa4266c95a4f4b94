import { streamListSchema, streamStatusSchema } from '@sluice/contracts';
import { Command } from 'commander';
import { z } from 'zod';
import { Session, type Surroundings } from '../session.js';
import { streamDetail, streamTable } from '../views/stream.view.js';
import { addOperatorOptions, operatorOf, part } from './command.parts.js';

const pauseOptionsSchema = z.object({ by: z.string().optional(), reason: z.string().optional() });

/** Streams, as any producer of the deployment knows them. */
export function streamsCommand(around: Surroundings): Command {
  const streams = new Command('streams').description('look at streams, pause, resume and restart them');
  streams
    .command('list')
    .description('all streams: state, last event, headroom, counters')
    .action(async (_options: unknown, command: Command) => {
      const session = Session.of(around, command);
      session.show(await session.producer.ask('/streams', streamListSchema), (answer) =>
        streamTable(answer.streams, around),
      );
    });
  streams
    .command('show')
    .argument('<stream>', 'its name')
    .description('one stream with everything that is known of it')
    .action(async (name: string, _options: unknown, command: Command) => {
      const session = Session.of(around, command);
      session.show(await session.producer.ask(`/streams/${part(name)}`, streamStatusSchema), streamDetail);
    });
  addOperatorOptions(streams.command('pause').argument('<stream>', 'its name'))
    .description('stop reading, on all producers and until it is resumed')
    .action(async (name: string, _options: unknown, command: Command) => {
      const body = operatorOf(around, pauseOptionsSchema.parse(command.opts()));
      await order(Session.of(around, command), name, 'pause', body);
    });
  streams
    .command('resume')
    .argument('<stream>', 'its name')
    .description('go on from the saved position; also starts a failed stream')
    .action((name: string, _options: unknown, command: Command) => order(Session.of(around, command), name, 'resume'));
  streams
    .command('restart')
    .argument('<stream>', 'its name')
    .description('stop in good order and start again; also a failed stream')
    .action((name: string, _options: unknown, command: Command) => order(Session.of(around, command), name, 'restart'));
  return streams;
}

async function order(session: Session, name: string, what: string, body?: unknown): Promise<void> {
  const request = { method: 'POST', ...(body === undefined ? {} : { body }) } as const;
  const answer = await session.producer.ask(`/streams/${part(name)}/${what}`, streamStatusSchema, request);
  session.show(answer, (stream, around) => streamTable([stream], around));
}
