import type { NestExpressApplication } from '@nestjs/platform-express';
import { describeMessages } from '@sluice/contracts';
import type { Application } from 'express';

/** Serves the description of the messages at `/asyncapi`: open, as `/api` is, and outside of what that describes. */
export function serveAsyncApi(app: NestExpressApplication, exchange: string): void {
  const document = JSON.stringify(describeMessages(exchange));
  const express = app.getHttpAdapter().getInstance() as Application; // NestExpressApplication has no other
  express.get('/asyncapi', (_, response) => void response.type('application/json').send(document));
}
