import { Flag } from '@signalbox/runtime';
import { Type } from '@sinclair/typebox';

/** What this service is told beside the house's settings. */
export const settings = Type.Object({
  INTEGRATION_VERIFY_SIGNATURES: Flag({ default: true, description: 'false: signatures are not looked at (tests only)' }),
  INTEGRATION_RATE_LIMIT: Flag({ default: true, description: 'false: no limit on requests a minute (tests only)' }),
});
