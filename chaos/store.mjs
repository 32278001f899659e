import pg from 'pg';

const FUNCTION = 'incidents.refuse_poison';

/** Makes Postgres refuse events whose summary is "poisoned", as a body does that a column cannot hold: for a reason that waiting does not mend. */
export function poisonTheStore(databaseUrl) {
  return asOwner(databaseUrl, `
    create function ${FUNCTION}() returns trigger language plpgsql as $$
    begin if new.event->>'summary' = 'poisoned' then raise exception 'the store refuses this event'; end if; return new; end $$;
    create trigger refuse_poison before insert on incidents.incident_events for each row execute function ${FUNCTION}()`);
}

/** From now on it takes them. */
export function mendTheStore(databaseUrl) {
  return asOwner(databaseUrl, `drop function ${FUNCTION} cascade`);
}

/** How many envelopes wait in the gateways' spool. */
export async function spooled(databaseUrl) {
  return (await asOwner(databaseUrl, 'select count(*)::int as n from ingest.spool'))[0].n;
}

/** How many dead letters of these kinds there are. */
export async function deadLetters(databaseUrl, kinds) {
  return (await asOwner(databaseUrl, `select count(*)::int as n from ops.dead_letter_messages where state = 'dead' and kind = any($1)`, [kinds]))[0].n;
}

/** Runs SQL as the database's owner, in a connection of its own. Gives the rows. */
export async function asOwner(databaseUrl, text, values) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}
