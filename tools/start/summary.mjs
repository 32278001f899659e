// What npm start prints when everything is up.

/** URLs, credentials, and three curl lines that work when pasted. */
export function summary(demo, { urls, natsUrl }, demoFile) {
  const events = demo.integrations.find(({ type }) => type === 'events').key;
  const event = {
    event_action: 'trigger', dedup_key: 'unique-alert-id',
    payload: { summary: 'High CPU on web-01', source: 'monitoring', severity: 'critical' },
  };
  const curl = (path, header, body) =>
    `curl -X POST ${urls.ingest}${path}${header ? ` -H '${header}'` : ''} -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
  return `
Signalbox runs.
  ingest   ${urls.ingest}
  admin    ${urls.admin}   (API; its document at /api/openapi.json)
  ops      ${urls.ops}
  sink     ${urls.sink}/received   (what the demo's channel and route have sent)
  bus      ${natsUrl}

  user     ${demo.user.email}
  password ${demo.user.password}
  API key  ${demo.apiKey}
  all of it, for scripts: ${demoFile}

Try it: an event, the same as PagerDuty's clients send it, and a message for the route devices/+/temperature with value > 90:

${curl('/api/events', `Authorization: Token token=${events}`, event)}

${curl('/v2/enqueue', '', { routing_key: events, ...event })}

${curl('/api/v1/messages', `Authorization: Bearer ${demo.apiKey}`, { topic: 'devices/7/temperature', payload: { value: 91 } })}

Simulate an outage of the far side: curl -X POST '${urls.sink}/fail?status=500' … and its end: curl -X POST ${urls.sink}/ok
Ctrl-C stops everything; the data stay.
`;
}

export const warning = `
!!! DEMO START: OUTBOUND_ALLOW_PRIVATE=true, so connections to private and loopback addresses are allowed (the sink is one).
!!! Only this demo does that. In production leave it off: it is what keeps a user's webhook out of your network.
`;
