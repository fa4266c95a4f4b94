import { Module, type DynamicModule } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { MongoLink, MongoLinkOptions } from './mongo.link.js';

/** The connection to MongoDB, as `MongoLink` and as Mongoose's default connection. */
@Module({})
export class MongoLinkModule {
  static forRoot(options: MongoLinkOptions): DynamicModule {
    return {
      module: MongoLinkModule,
      global: true,
      // Without a URI here: MongoLink opens it, and goes on trying, which Mongoose by itself does not.
      imports: [MongooseModule.forRootAsync({ useFactory: () => ({ lazyConnection: true }) })],
      providers: [{ provide: MongoLinkOptions, useValue: options }, MongoLink],
      exports: [MongoLink],
    };
  }
}
