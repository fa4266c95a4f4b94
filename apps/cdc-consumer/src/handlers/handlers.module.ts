import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { fileURLToPath } from 'node:url';
import { loadHandlerFiles } from './handler-files.source.js';

export interface ConsumerHandlersOptions extends Pick<ModuleMetadata, 'imports'> {
  /** Folder with the handler files; default: the folder of this module. */
  readonly folder?: string;
}

/** Every handler of this app: the classes that the `*.handler.ts` files of this folder export. */
@Module({})
export class ConsumerHandlersModule {
  /** `imports`: modules whose providers the handlers inject. */
  static async register({ folder, imports = [] }: ConsumerHandlersOptions = {}): Promise<DynamicModule> {
    const { providers, controllers } = await loadHandlerFiles(folder ?? fileURLToPath(new URL('.', import.meta.url)));
    return {
      module: ConsumerHandlersModule,
      imports,
      providers: [...providers],
      controllers: [...controllers],
    };
  }
}
