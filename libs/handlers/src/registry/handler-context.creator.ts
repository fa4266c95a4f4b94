import { ApplicationConfig, ExternalContextCreator, type ModulesContainer, type NestContainer } from '@nestjs/core';
import { isObservable, lastValueFrom } from 'rxjs';

/**
 * Nest's creator of "external" contexts, which runs a method with the guards, interceptors, pipes and filters of its
 * class and method and lets the original error through. It differs from the application's own in three points:
 * - Global enhancers of the HTTP side do not apply, as in any hybrid Nest application without `inheritAppConfig`: a
 *   global `ThrottlerGuard` would turn events away.
 * - Controllers are found in their module too. Nest looks through providers only, and skips a guard class that it
 *   cannot resolve without a word.
 * - A method or interceptor may end without a value (`EMPTY`), which is no error for an event.
 */
export function handlerContextCreator(modules: ModulesContainer): ExternalContextCreator {
  const container = { applicationConfig: new ApplicationConfig(), getModules: () => modules };
  // The two members above are all that the creator reads of a container.
  const creator = ExternalContextCreator.fromContainer(container as unknown as NestContainer);
  const moduleOfProvider = creator.getContextModuleKey.bind(creator);
  creator.getContextModuleKey = (hostClass) => moduleOfController(modules, hostClass) ?? moduleOfProvider(hostClass);
  creator.transformToResult = settled;
  return creator;
}

/** The last value of an observable, `undefined` for one without; anything else as it is. */
export async function settled(result: unknown): Promise<unknown> {
  const value = await result;
  return isObservable(value) ? lastValueFrom(value, { defaultValue: undefined }) : value;
}

function moduleOfController(modules: ModulesContainer, hostClass: unknown): string | undefined {
  for (const [key, { controllers }] of modules) {
    if ([...controllers.values()].some(({ metatype }) => metatype === hostClass)) return key;
  }
  return undefined;
}
