import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

/** Serves the description of the admin HTTP: a page at `/api`, the document at `/api-json`. */
export function serveOpenApi(
  app: INestApplication,
  { title, description }: { title: string; description: string },
): void {
  const config = new DocumentBuilder()
    .setTitle(title)
    .setDescription(description)
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'the ADMIN_TOKEN' })
    .build();
  SwaggerModule.setup('api', app, () => SwaggerModule.createDocument(app, config), { customSiteTitle: title });
}
