/**
 * Stands around each call of a handler, guards and pipes of Nest included. It may wait before `call`, and throws what
 * that throws; anything that it throws instead counts as the handler's failure.
 */
export type CallGuard = (handler: string, call: () => Promise<unknown>) => Promise<unknown>;
