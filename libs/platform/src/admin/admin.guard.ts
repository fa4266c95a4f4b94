import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable, UnauthorizedException, type CanActivate, type ExecutionContext } from '@nestjs/common';

/** The token that the admin HTTP asks for; none: loopback only, which the settings enforce. */
export class AdminAccess {
  constructor(readonly token: string | undefined) {}
}

/** Asks for `Authorization: Bearer <ADMIN_TOKEN>` where a token is configured. */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(private readonly access: AdminAccess) {}

  canActivate(context: ExecutionContext): boolean {
    const { token } = this.access;
    if (token === undefined) return true;
    const request = context.switchToHttp().getRequest<{ headers: { authorization?: string } }>();
    const given = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (given === undefined) throw new UnauthorizedException('send the admin token as "Authorization: Bearer <token>"');
    if (!sameSecret(given, token)) throw new UnauthorizedException('the admin token is not the configured one');
    return true;
  }
}

/** Compares in constant time; the digests make the lengths equal. */
function sameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
