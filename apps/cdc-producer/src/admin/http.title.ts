import type { AppTitle } from '@sluice/platform';

export const HTTP_TITLE: AppTitle = {
  title: 'cdc-producer',
  description: 'Streams of changes from MongoDB, published to RabbitMQ.',
};
