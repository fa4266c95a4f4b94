import type { AppTitle } from '@sluice/platform';

export const HTTP_TITLE: AppTitle = {
  title: 'cdc-consumer',
  description: 'A consumer group: its queues, its handlers, its health.',
};
