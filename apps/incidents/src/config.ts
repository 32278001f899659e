import { Type } from '@sinclair/typebox';

/** This service has no settings beside the house's. */
export const settings = Type.Object({});
