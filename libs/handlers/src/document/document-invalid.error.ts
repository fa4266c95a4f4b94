import { EventRefusedError } from '../dispatch/event-refused.error.js';
import type { SchemaIssue } from './standard-schema.js';

/** So many that the message still fits where dead letters keep it. */
const MAX_ISSUES_TOLD = 20;

/** An event's document does not keep to its handler's schema. Says which fields and why; never their values. */
export class DocumentInvalidError extends EventRefusedError {
  readonly code = 'SLUICE-HANDLER-DOCUMENT-INVALID';
  override readonly name = 'DocumentInvalidError';
  readonly reason = 'validation-failed';

  constructor(readonly issues: readonly SchemaIssue[]) {
    super(`SLUICE-HANDLER-DOCUMENT-INVALID  fullDocument: ${textOf(issues)}`);
  }
}

function textOf(issues: readonly SchemaIssue[]): string {
  const told = issues.slice(0, MAX_ISSUES_TOLD).map((issue) => `${pathOf(issue)}: ${issue.message}`);
  const rest = issues.length - told.length;
  return [...told, ...(rest > 0 ? [`and ${String(rest)} more`] : [])].join('; ');
}

/** `lines[0].sku`; `(document)` for the whole. */
function pathOf({ path = [] }: SchemaIssue): string {
  const keys = path.map((segment) => (typeof segment === 'object' ? segment.key : segment));
  const text = keys.map((key) => (typeof key === 'number' ? `[${String(key)}]` : `.${String(key)}`)).join('');
  return text === '' ? '(document)' : text.replace(/^\./, '');
}
