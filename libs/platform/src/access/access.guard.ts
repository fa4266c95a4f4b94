import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { NEEDED_ROLE, OPEN, type IdentifiedRequest } from './access.decorators.js';
import { RoleInsufficientError } from './access.errors.js';
import { AdminAccess } from './admin.access.js';
import { covers, roleForMethod, type Role } from './role.js';

/** Asks every route for a caller and the role that it needs, unless the route says that it is open to all. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly access: AdminAccess,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true; // events come from the broker, which has its own accounts
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(OPEN, targets) === true) return true;
    const request = context.switchToHttp().getRequest<IdentifiedRequest>();
    const caller = await this.access.callerOf(request);
    const needed =
      this.reflector.getAllAndOverride<Role | undefined>(NEEDED_ROLE, targets) ?? roleForMethod(request.method ?? '');
    if (!covers(caller.role, needed)) throw new RoleInsufficientError(caller.role, needed);
    request.caller = caller;
    return true;
  }
}
