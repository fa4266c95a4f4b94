import { streamListSchema, streamStatusSchema } from '@sluice/contracts';
import { Command } from 'commander';
import { z } from 'zod';
import { Session, type Surroundings } from '../session.js';
import { streamDetail, streamTable } from '../views/stream.view.js';
import { addOperatorOptions, operatorOf, part } from './command.parts.js';

const orderOptionsSchema = z.object({ by: z.string().optional(), reason: z.string().optional() });

const IN_LOG = "in the producer's log";

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
  for (const [what, says, kept] of [
    ['pause', 'stop reading, on all producers and until it is resumed', `in the status while it lasts, and ${IN_LOG}`],
    ['resume', 'go on from the saved position; also starts a failed stream', IN_LOG],
    ['restart', 'stop in good order and start again; also a failed stream', IN_LOG],
  ] as const) {
    addOperatorOptions(streams.command(what).argument('<stream>', 'its name'), kept)
      .description(says)
      .action((name: string, _options: unknown, command: Command) => order(around, name, what, command));
  }
  return streams;
}

async function order(around: Surroundings, name: string, what: string, command: Command): Promise<void> {
  const session = Session.of(around, command);
  const body = operatorOf(around, orderOptionsSchema.parse(command.opts()));
  const request = { method: 'POST', body } as const;
  const answer = await session.producer.ask(`/streams/${part(name)}/${what}`, streamStatusSchema, request);
  session.show(answer, (stream) => streamTable([stream], around));
}
