import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import {
  CertificateMissingError,
  IdentityProviderAwayError,
  LoginsThrottledError,
  TokenMissingError,
  TokenRefusedError,
} from './access.errors.js';
import { AccessSettings } from './access.settings.js';
import { Caller } from './caller.js';
import { FailedLogins } from './failed-logins.js';
import { JwtVerifier, looksLikeJwt } from './jwt.verifier.js';
import { refuseForeignPages } from './page-origin.policy.js';
import { FileReloads } from '../files/file.reloads.js';
import { showsCertificate } from '../tls/port.tls.js';
import { digestOf, TokenRegister } from './token.register.js';
import { readTokensFile } from './tokens-file.source.js';

/** Tokens that were right before and are let past the throttle; JWTs change every few minutes. */
const MAX_REMEMBERED = 1_000;

/** Undefined: such a request is none of its business. */
export type OtherMeans = (request: IncomingMessage) => Promise<Caller> | undefined;

/** Tells who makes a request. */
@Injectable()
export class AdminAccess implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Access');
  private readonly tokens: TokenRegister;
  private readonly jwts: JwtVerifier | undefined;
  private readonly failures = new FailedLogins();
  private readonly remembered = new Set<string>();
  private readonly callers = new WeakMap<IncomingMessage, Promise<Caller>>();
  private readonly onChange: (() => void)[] = [];
  private readonly otherMeans: OtherMeans[] = [];
  private unwatch: (() => void) | undefined;

  constructor(
    private readonly settings: AccessSettings,
    private readonly files: FileReloads,
  ) {
    const { adminToken, tokens, tokensFile, jwt } = settings;
    this.tokens = new TokenRegister(adminToken === undefined ? undefined : digestOf(adminToken), tokens);
    if (tokensFile !== undefined) this.tokens.replaceFromFile(readTokensFile(tokensFile));
    this.jwts = jwt === undefined ? undefined : new JwtVerifier(jwt);
  }

  onModuleInit(): void {
    const { tokensFile } = this.settings;
    if (tokensFile === undefined) return this.say();
    this.unwatch = this.files.watch('ADMIN_TOKENS_FILE', [tokensFile], () => {
      this.tokens.replaceFromFile(readTokensFile(tokensFile));
      this.say();
      for (const listener of this.onChange) listener();
    });
  }

  onApplicationShutdown(): void {
    this.unwatch?.();
  }

  /** False: open to this machine alone, and nobody has a name. */
  get asksForToken(): boolean {
    return this.settings.asksForToken;
  }

  /** Has some requests prove in another way who makes them. */
  take(means: OtherMeans): void {
    this.otherMeans.push(means);
  }

  /** Called whenever the tokens that count have changed. */
  whenTokensChange(listener: () => void): void {
    this.onChange.push(listener);
  }

  /** Whether what proved a caller at its request still counts. */
  stillCounts({ role, name, proof: { tokenDigest, expiresAt } }: Caller): boolean {
    if (expiresAt !== undefined && expiresAt.getTime() <= Date.now()) return false;
    if (tokenDigest === undefined) return true;
    const now = this.tokens.find(Buffer.from(tokenDigest, 'hex'));
    return now?.role === role && now.name === name;
  }

  /**
   * Who makes a request by something that was given for a token, as a ticket: `prove` says for whose. The token must
   * still count, and what is asked of every request beside it holds too.
   * @throws TokenRefusedError, LoginsThrottledError, CertificateMissingError; what `prove` throws
   */
  async callerBy({ socket }: IncomingMessage, prove: () => Promise<Caller>): Promise<Caller> {
    this.refuseWithoutCertificate(socket);
    return this.throttled(socket.remoteAddress ?? '', async () => {
      const caller = await prove();
      if (!this.stillCounts(caller)) throw new TokenRefusedError('its token has expired or was taken back meanwhile');
      return caller;
    });
  }

  /** What is wrong throws TokenRefusedError; an address that brings too much of it has to wait. */
  private async throttled(address: string, prove: () => Promise<Caller>): Promise<Caller> {
    const wait = this.failures.retryAfterSeconds(address);
    if (wait > 0) throw new LoginsThrottledError(wait);
    return this.noting(address, prove);
  }

  /**
   * Who makes this request; asked once a request.
   * @throws TokenMissingError, TokenRefusedError, LoginsThrottledError, IdentityProviderAwayError, PageForeignError,
   *   CertificateMissingError
   */
  callerOf(request: IncomingMessage): Promise<Caller> {
    const known = this.callers.get(request);
    if (known !== undefined) return known;
    const caller = this.byOtherMeans(request) ?? this.byToken(request);
    this.callers.set(request, caller);
    return caller;
  }

  private byOtherMeans(request: IncomingMessage): Promise<Caller> | undefined {
    for (const means of this.otherMeans) {
      const caller = means(request);
      if (caller !== undefined) return caller;
    }
    return undefined;
  }

  private refuseWithoutCertificate(socket: IncomingMessage['socket']): void {
    if (this.settings.asksForCertificate && !showsCertificate(socket)) throw new CertificateMissingError();
  }

  /** By the header alone. @throws as `callerOf` */
  async byToken({ headers, socket }: IncomingMessage): Promise<Caller> {
    this.refuseWithoutCertificate(socket);
    if (!this.settings.asksForToken) {
      refuseForeignPages({ ...headers, fetchSite: headers['sec-fetch-site']?.toString() });
      return new Caller('operator', null);
    }
    if (headers.authorization === undefined) throw new TokenMissingError();
    const token = /^Bearer +(\S+)$/i.exec(headers.authorization)?.[1];
    const address = socket.remoteAddress ?? '';
    const digest = digestOf(token ?? '');
    const prove = async (): Promise<Caller> => {
      const caller = await this.ownerOf(token, digest);
      this.remember(digest.toString('hex'));
      return caller;
    };
    const isRemembered = this.remembered.has(digest.toString('hex'));
    return isRemembered ? this.noting(address, prove) : this.throttled(address, prove);
  }

  private async noting(address: string, prove: () => Promise<Caller>): Promise<Caller> {
    try {
      return await prove();
    } catch (error) {
      if (error instanceof TokenRefusedError) this.failures.note(address);
      if (error instanceof IdentityProviderAwayError) this.logger.warn(`ADMIN_JWKS_URL: ${error.reason}`);
      throw error;
    }
  }

  private async ownerOf(token: string | undefined, digest: Buffer): Promise<Caller> {
    if (token === undefined)
      throw new TokenRefusedError('send it as "Authorization: Bearer <token>", another form is not known');
    const caller = this.tokens.find(digest);
    if (caller !== undefined) return caller;
    if (this.jwts !== undefined && looksLikeJwt(token)) return this.jwts.verify(token);
    throw new TokenRefusedError('the token is not one of those that are configured');
  }

  private remember(digest: string): void {
    this.remembered.delete(digest); // to the end of the order
    this.remembered.add(digest);
    const oldest = this.remembered.keys().next();
    if (this.remembered.size > MAX_REMEMBERED && oldest.done !== true) this.remembered.delete(oldest.value);
  }

  private say(): void {
    if (!this.settings.asksForToken) {
      this.logger.warn(
        'no token is configured: the admin HTTP is open to every program of this machine, and to no other',
      );
      return;
    }
    const jwt = this.settings.jwt === undefined ? [] : [`JWTs of ${this.settings.jwt.issuer}`];
    this.logger.log(`the admin HTTP asks for a token: ${[...this.tokens.describe(), ...jwt].join(', ')}`);
  }
}
