import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';

type Key = Awaited<ReturnType<typeof generateKeyPair>>;

/** An identity provider of the test's own: a key, its JWKS URL, and JWTs as it is asked for them. */
export class IdentityProvider {
  readonly issuer = 'https://id.example';
  readonly audience = 'sluice';

  private constructor(
    readonly jwksUrl: string,
    private readonly server: Server,
    private readonly key: Key,
  ) {}

  static async start(): Promise<IdentityProvider> {
    const key = await generateKeyPair('ES256');
    const jwk = { ...(await exportJWK(key.publicKey)), kid: 'one', alg: 'ES256' };
    const server = createServer((_, response) => response.end(JSON.stringify({ keys: [jwk] })));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo; // a TCP server's
    return new IdentityProvider(`http://127.0.0.1:${port}/keys`, server, key);
  }

  /** What an app is told of it. */
  get environment(): Record<string, string> {
    return { ADMIN_JWKS_URL: this.jwksUrl, ADMIN_JWT_ISSUER: this.issuer, ADMIN_JWT_AUDIENCE: this.audience };
  }

  /** A JWT of the subject `ann` for five minutes, with these claims in place of the usual ones. */
  async jwt(claims: JWTPayload = {}, key = this.key.privateKey): Promise<string> {
    const now = Math.floor(Date.now() / 1_000);
    const usual = { iss: this.issuer, aud: this.audience, sub: 'ann', exp: now + 300, role: 'operator' };
    return new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg: 'ES256', kid: 'one' }).sign(key);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
