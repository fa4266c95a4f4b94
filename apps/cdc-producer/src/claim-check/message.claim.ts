import { HEADER_CLAIM } from '@sluice/contracts';
import type { ChangeMessage } from '../publish/change-message.js';

/** The claim of a message whose large part is stored. */
export function claimIn({ properties }: Pick<ChangeMessage, 'properties'>): string | undefined {
  const headers = properties.headers as Readonly<Record<string, unknown>> | undefined; // amqplib types them any
  const claim = headers?.[HEADER_CLAIM];
  return typeof claim === 'string' ? claim : undefined;
}
