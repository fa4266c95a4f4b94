import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { completed } from './open-api.completion.js';

/** What an app is called in its description. */
export interface AppTitle {
  readonly title: string;
  readonly description: string;
}

/** The description of the admin HTTP, as it is served and committed (docs/api). */
export function describeHttp(app: INestApplication, { title, description }: AppTitle): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle(title)
    .setDescription(description)
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'ADMIN_TOKEN, a named token, or a JWT' })
    .build();
  return completed(SwaggerModule.createDocument(app, config));
}

/** Serves it: a page at `/api`, the document at `/api-json`. */
export function serveOpenApi(app: INestApplication, document: OpenAPIObject): void {
  SwaggerModule.setup('api', app, document, { customSiteTitle: document.info.title });
}
