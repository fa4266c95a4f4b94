import { Injectable } from '@nestjs/common';
import { EXCEPTION_FILTERS_METADATA } from '@nestjs/common/constants.js';
import {
  ContextIdFactory,
  ModuleRef,
  ModulesContainer,
  type ContextId,
  type ExternalContextCreator,
} from '@nestjs/core';
import type { ChangeEvent } from '@sluice/contracts';
import type { BatchContext } from '../batch/batch-context.js';
import type { EventContext } from '../context/event-context.js';
import { handlerContextCreator, settled } from './handler-context.creator.js';
import type { FoundMethod, InstanceWrapper } from './handler.method.source.js';
import { completeParams, HANDLER_PARAMS, handlerParamsFactory } from './handler.params.js';

/** Where Nest keeps what it made for one event. */
interface Scope {
  readonly contextId: ContextId;
  readonly wrapperId: string;
}

/** An event and its context, or a batch's. */
type HandlerInput = ChangeEvent | readonly ChangeEvent[];
type HandlerContext = EventContext | BatchContext;
type InvokeAny = (input: HandlerInput, context: HandlerContext) => Promise<unknown>;
type Instance = Record<string, (...args: unknown[]) => unknown>;

/** Makes a found method callable, with everything that Nest puts around it. */
@Injectable()
export class HandlerInvoker {
  private readonly creator: ExternalContextCreator;

  constructor(modules: ModulesContainer) {
    this.creator = handlerContextCreator(modules);
  }

  bind({ wrapper, methodName }: FoundMethod): InvokeAny {
    const instance = wrapper.instance as Instance; // found by this method's name, so it has it
    completeParams(instance.constructor, methodName);
    if (wrapper.isDependencyTreeStatic() && !wrapper.isTransient) return this.callable(instance, methodName);
    return async (input, context) => {
      const contextId = ContextIdFactory.create();
      const scoped = await resolveFor(wrapper, contextId, input, context);
      return this.callable(scoped, methodName, { contextId, wrapperId: wrapper.id })(input, context);
    };
  }

  private callable(instance: Instance, methodName: string, scope?: Scope): InvokeAny {
    const method = instance[methodName];
    if (method === undefined) throw new TypeError(`${instance.constructor.name} has no method ${methodName}`);
    // Nest's last filter logs every error that no filter took; a retried one would be logged at each attempt.
    const enhancers = { guards: true, interceptors: true, filters: hasFilters(instance, method) };
    const call = this.creator.create(
      instance,
      method,
      methodName,
      HANDLER_PARAMS,
      handlerParamsFactory,
      scope?.contextId,
      scope?.wrapperId,
      enhancers,
      'rpc',
    );
    return async (input, context) => settled(await call(input, context)); // a filter may answer with an observable
  }
}

/** A fresh instance of a request-scoped or transient class, with the event, or the batch, as its `REQUEST`. */
async function resolveFor(
  wrapper: InstanceWrapper,
  contextId: ContextId,
  input: HandlerInput,
  context: HandlerContext,
): Promise<Instance> {
  const moduleRef: unknown = wrapper.host?.getProviderByKey(ModuleRef)?.instance;
  if (!(moduleRef instanceof ModuleRef)) throw new TypeError(`${String(wrapper.name)} belongs to no module`);
  moduleRef.registerRequestByContextId(requestOf(input, context), contextId);
  return moduleRef.resolve<Instance>(wrapper.token, contextId, { strict: true });
}

/** What `@Inject(REQUEST)` gives in a handler: the shape of Nest's `RequestContext`. */
function requestOf(input: HandlerInput, context: HandlerContext) {
  const pattern = context.getPattern();
  return {
    pattern,
    data: input,
    context,
    getPattern: () => pattern,
    getData: () => input,
    getContext: () => context,
  };
}

function hasFilters(instance: Instance, method: object): boolean {
  return [instance.constructor, method].some((host) => Reflect.hasMetadata(EXCEPTION_FILTERS_METADATA, host));
}
