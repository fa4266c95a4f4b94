import { operationSchema, REALTIME_BOUNDS } from '@sluice/contracts';
import { ROLES } from '@sluice/platform';
import { z } from 'zod';
import { NAMESPACE_PATTERN } from './namespace.pattern.js';

const PATH = /^[^.$\0][^.\0]*(\.[^.$\0][^.\0]*)*$/;

/** What may be seen: the part of a grant that a JWT's claim holds too. */
const sightShape = {
  namespaces: z
    .array(z.string().regex(NAMESPACE_PATTERN, 'a namespace as shop.orders, shop.* for all collections of shop, or *'))
    .min(1, 'at least one namespace'),
  operations: z.array(operationSchema).min(1, 'at least one operation; all if left out').optional(),
  fields: z
    .array(z.string().max(REALTIME_BOUNDS.path).regex(PATH, 'a field or a path of fields between dots'))
    .min(1, 'at least one field; all if left out')
    .optional(),
};

/** One grant of the file. */
export const grantSchema = z
  .strictObject({
    to: z.array(z.string().min(1)).default([]),
    roles: z.array(z.enum(ROLES, `one of ${ROLES.join(', ')}`)).default([]),
    ...sightShape,
  })
  .refine(({ to, roles }) => to.length + roles.length > 0, {
    path: ['to'],
    message: 'names of tokens or subjects of JWTs, or roles instead',
  });
export type Grant = Readonly<z.infer<typeof grantSchema>>;

export const grantsFileSchema = z.strictObject({ grants: z.array(grantSchema) });

/** Grants as a JWT's claim holds them: to whom is said by the JWT itself. */
export const grantsClaimSchema = z
  .array(z.strictObject(sightShape))
  .transform((sights) => sights.map((sight): Grant => ({ to: [], roles: [], ...sight })));
