import { Flag } from '@signalbox/runtime';
import { Type } from '@sinclair/typebox';

export const settings = Type.Object({
  OUTBOUND_ALLOW_PRIVATE: Flag({ default: false, description: 'destinations may be at private and loopback addresses' }),
  OUTBOUND_ALLOW_CIDRS: Type.String({ default: '', description: 'networks that destinations may be in whatever they are, separated by commas' }),
  DELIVERY_ACK_WAIT_MS: Type.Integer({
    minimum: 500, default: 30_000,
    description: 'a message whose worker gives no sign of life for this long goes to another worker',
  }),
  DELIVERY_IN_HAND: Type.Integer({ minimum: 1, maximum: 10_000, default: 256, description: 'messages of one tenant in the hands of one worker at most' }),
  DELIVERY_HISTORY_DAYS: Type.Integer({ minimum: 1, default: 30, description: 'how long deliveries and their attempts are kept for reading' }),
});
