import type { ParamsFactory } from '@nestjs/core';
import { PARAM_ARGS_METADATA } from '@nestjs/microservices/constants.js';
import { RpcParamtype } from '@nestjs/microservices/enums/rpc-paramtype.enum.js';
import { RpcParamsFactory } from '@nestjs/microservices/factories/rpc-params-factory.js';
import 'reflect-metadata';

/** Key under which `completeParams` leaves what `ExternalContextCreator` reads. */
export const HANDLER_PARAMS = 'sluice:handler-params';

const rpcParams = new RpcParamsFactory();

/** Reads the values of `@Payload()` and `@Ctx()` from a handler's arguments `(event, context)`. */
export const handlerParamsFactory: ParamsFactory = {
  exchangeKeyForValue: (type, data, args: unknown[]): unknown =>
    rpcParams.exchangeKeyForValue(type, typeof data === 'string' ? data : undefined, args),
};

interface ParamMetadata {
  readonly index: number;
}

/**
 * Notes where a method's arguments come from: from its parameter decorators, and for the first two parameters
 * without one, the event and the context. Without this, Nest calls a method with no decorated parameter past its
 * pipes, and leaves the undecorated parameters of others `undefined`. Nest's own metadata stays as it is, because the
 * same method may serve another transport.
 */
export function completeParams(constructor: object, methodName: string): void {
  const decorated = paramsOf(constructor, methodName);
  const taken = new Set(Object.values(decorated).map(({ index }) => index));
  const defaults = [
    { type: RpcParamtype.PAYLOAD, index: 0 },
    { type: RpcParamtype.CONTEXT, index: 1 },
  ].filter(({ index }) => !taken.has(index));
  const completed = Object.fromEntries(
    defaults.map(({ type, index }) => [`${String(type)}:${String(index)}`, { index, data: undefined, pipes: [] }]),
  );
  Reflect.defineMetadata(HANDLER_PARAMS, { ...decorated, ...completed }, constructor, methodName);
}

function paramsOf(constructor: object, methodName: string): Record<string, ParamMetadata> {
  const stored: unknown = Reflect.getMetadata(PARAM_ARGS_METADATA, constructor, methodName);
  // Nest writes this record itself, one entry per decorated parameter.
  return (stored ?? {}) as Record<string, ParamMetadata>;
}
