/** A request that no route could take, whatever it asks. */
abstract class RequestRefusedError extends Error {
  abstract readonly code: string;
  abstract readonly httpStatus: number;

  constructor(
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = new.target.name;
  }
}

export class MethodNotAllowedError extends RequestRefusedError {
  readonly code = 'SLUICE-METHOD-NOT-ALLOWED';
  readonly httpStatus = 405;
  constructor(found: string, allowed: readonly string[]) {
    super(`${found} is not served there; allowed: ${allowed.join(', ')}`, { Allow: allowed.join(', ') });
  }
}

export class UrlTooLongError extends RequestRefusedError {
  readonly code = 'SLUICE-URL-TOO-LONG';
  readonly httpStatus = 414;
  constructor(found: number, allowed: number) {
    super(`path and query have ${found} characters; allowed: ${allowed}`);
  }
}

export class ContentTypeWrongError extends RequestRefusedError {
  readonly code = 'SLUICE-CONTENT-TYPE';
  readonly httpStatus = 415;
  constructor(found: string | undefined) {
    super(
      `Content-Type: found ${found === undefined ? 'nothing' : JSON.stringify(found.slice(0, 100))}; allowed: application/json`,
      {
        Accept: 'application/json',
      },
    );
  }
}
