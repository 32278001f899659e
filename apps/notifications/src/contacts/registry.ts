import { isEmail } from 'class-validator';

/** A way to reach one person: one line in the registry. */
export interface ContactKind {
  readonly kind: string;
  readonly displayName: string;
  /** The kind of channel that carries it: the tenant's first one is used. */
  readonly channelKind: string;
  /** What is wrong with an address; nothing when it will do. */
  fault(address: string): string | undefined;
}

/** Every kind of contact method. */
export const CONTACT_KINDS: readonly ContactKind[] = [
  {
    kind: 'email', displayName: 'E-mail', channelKind: 'email',
    fault: (address) => (isEmail(address, { require_tld: false }) ? undefined : 'must be an e-mail address, such as ada@example.com'),
  },
];

export function contactKindOf(kind: string): ContactKind | undefined {
  return CONTACT_KINDS.find((one) => one.kind === kind);
}
