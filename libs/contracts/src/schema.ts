import { Type, type Static, type TSchema } from '@sinclair/typebox';

/** Building blocks of the bus contracts. Unknown fields are allowed everywhere: published strictly, read tolerantly. */
export const Id = Type.String({ pattern: '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$' });
export const Instant = Type.String({ minLength: 20, maxLength: 40, description: 'RFC 3339 UTC with milliseconds' });
export const Severity = Type.Union([Type.Literal('critical'), Type.Literal('error'), Type.Literal('warning'), Type.Literal('info')]);
export const Urgency = Type.Union([Type.Literal('HIGH'), Type.Literal('MEDIUM'), Type.Literal('LOW')]);
export const Json = Type.Unknown();
export const JsonObject = Type.Record(Type.String(), Type.Unknown());
export const Link = Type.Object({ href: Type.String(), text: Type.Optional(Type.String()) });
export const Image = Type.Object({ src: Type.String(), href: Type.Optional(Type.String()), alt: Type.Optional(Type.String()) });
export const Named = Type.Object({ id: Type.String(), name: Type.String() });

/** Who did something, and by which way (console, api, slack, link …). */
export const Actor = Type.Object({
  type: Type.Union([Type.Literal('user'), Type.Literal('api_key'), Type.Literal('integration'), Type.Literal('system')]),
  id: Type.String(),
  name: Type.String(),
  via: Type.Optional(Type.String()),
});

export type Severity = Static<typeof Severity>;
export type Urgency = Static<typeof Urgency>;
export type Actor = Static<typeof Actor>;
export type Link = Static<typeof Link>;
export type Image = Static<typeof Image>;

/** A text of 1 to `most` characters as the API and the tables count them: TypeBox counts UTF-16 units, two for a character beyond 16 bits. */
export function characters(most: number) {
  return Type.String({ minLength: 1, maxLength: 2 * most });
}

export function nullable<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()]);
}
