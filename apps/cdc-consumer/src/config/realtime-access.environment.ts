import { originList } from '@sluice/platform';
import { z } from 'zod';

/** Who may use live push, and from which pages. */
export const realtimeAccessEnvironment = {
  /** Pages of other origins than the app's own that may connect from a browser. */
  REALTIME_ORIGINS: originList.optional(),
  /** Which token may see what; with tokens configured, nothing is seen without a grant. */
  REALTIME_GRANTS_FILE: z.string().min(1, 'the path of a file').optional(),
  /** The claim of a JWT that holds its grants itself. */
  REALTIME_JWT_GRANTS_CLAIM: z.string().min(1, 'the name of a claim').optional(),
} as const;
