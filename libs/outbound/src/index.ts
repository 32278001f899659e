export { PUBLIC_ONLY, addressPolicy, addressVerdict, type AddressPolicy, type AddressVerdict } from './address-policy.js';
export { BlockedAddressError, type BlockedReason } from './blocked-address-error.js';
export type { Lookup, ResolvedAddress } from './address-guard.js';
export { checkTarget, checkUrl } from './check-url.js';
export { OutboundError, outboundError } from './outbound-error.js';
export type { ConnectOptions } from './guarded-socket.js';
export type { OutboundRequest, OutboundResponse } from './http-exchange.js';
export { bodySignature, isUsableSecret, standardKey, standardSignature } from './webhook-signature.js';
export { createOutbound, type Outbound, type OutboundOptions } from './outbound.js';
