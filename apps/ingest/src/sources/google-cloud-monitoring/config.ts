import { Type, type Static } from '@sinclair/typebox';

/** What an operator may set for Pub/Sub's authenticated push. */
export const GoogleCloudConfig = Type.Object({
  audience: Type.Optional(Type.String({
    title: 'Audience',
    description: "The audience of the push subscription; Pub/Sub's own default is the push address",
    minLength: 1, maxLength: 2048,
  })),
  serviceAccountEmail: Type.Optional(Type.String({
    title: 'Service account', description: 'The service account that the push subscription authenticates as; with the audience it makes the key unnecessary',
    pattern: '^[^\\s@]{1,64}@[^\\s@]{1,255}$', maxLength: 320,
    problem: 'must be the e-mail address of a service account',
  })),
}, { additionalProperties: false });

export type GoogleCloudConfig = Static<typeof GoogleCloudConfig>;
