import { isIPv6 } from 'node:net';

/** Wrong tokens that one address may send at once, and how long until it may send one more. */
const ALLOWANCE = 10;
const REGAIN_MS = 6_000;
/** Beyond it the address that was heard of longest ago is forgotten: an attacker has more addresses than we memory. */
const MAX_ADDRESSES = 10_000;

interface Account {
  readonly left: number;
  readonly at: number;
}

/**
 * How many wrong tokens came from where: a bucket an address that fills again with time. Who shows a right token uses
 * nothing up. IPv6 counts by its /64, which is what one subscriber has.
 */
export class FailedLogins {
  private readonly accounts = new Map<string, Account>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  get addresses(): number {
    return this.accounts.size;
  }

  note(address: string): void {
    const key = networkOf(address);
    const left = Math.max(0, this.leftFor(key) - 1);
    this.accounts.delete(key); // to the end of the order
    this.accounts.set(key, { left, at: this.now() });
    const oldest = this.accounts.keys().next();
    if (this.accounts.size > MAX_ADDRESSES && oldest.done !== true) this.accounts.delete(oldest.value);
  }

  /** Whole seconds until another wrong token is looked at; 0: now. */
  retryAfterSeconds(address: string): number {
    const missing = 1 - this.leftFor(networkOf(address));
    return missing <= 0 ? 0 : Math.ceil((missing * REGAIN_MS) / 1_000);
  }

  private leftFor(key: string): number {
    const account = this.accounts.get(key);
    if (account === undefined) return ALLOWANCE;
    return Math.min(ALLOWANCE, account.left + (this.now() - account.at) / REGAIN_MS);
  }
}

function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.split('::');
  const [front, back] = [head, tail ?? ''].map((part) => part.split(':').filter((group) => group !== ''));
  const gap = Array.from({ length: 8 - (front?.length ?? 0) - (back?.length ?? 0) }, () => '0');
  return [...(front ?? []), ...(tail === undefined ? [] : gap), ...(back ?? [])].slice(0, 4).join(':');
}
