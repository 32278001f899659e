import { Type } from '@sinclair/typebox';

/** What this service is told beside the house's settings. */
export const settings = Type.Object({
  OUTBOUND_ALLOW_PRIVATE: Type.Optional(Type.String({ description: 'true: channels may be on private and loopback addresses, and on plain http' })),
  OUTBOUND_ALLOW_CIDRS: Type.Optional(Type.String({ description: 'addresses that channels may be on all the same, like 10.1.2.0/24, separated by commas' })),
  ACK_LINK_DAYS: Type.Integer({ minimum: 1, maximum: 365, default: 7, description: 'how long one-click acknowledge links work' }),
});
