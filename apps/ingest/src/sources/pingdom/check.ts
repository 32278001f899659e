import type { BareFields } from '../bare-fields.js';
import { ignored, problem, type SeverityOverrides, type SourceResult } from '../contract.js';
import { event } from '../event.js';
import { said } from '../reading.js';
import { severityOf } from '../severity.js';
import { SEVERITIES, actionOf } from './words.js';

interface Check {
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly type: string | undefined;
  readonly address: string | undefined;
}

/** A change of one check's state, of any check type, today's webhook and the legacy one. */
export function readCheck(sent: BareFields, severities?: SeverityOverrides): SourceResult {
  const check: Check = {
    id: sent.text('checkid', 'check', 'id'),
    name: sent.text('checkname', 'name'),
    type: sent.text('checktype', 'type')?.toUpperCase(),
    address: sent.text('checkparamsfullurl', 'fullurl', 'checkparamshostname', 'hostname', 'host', 'checkparamsurl', 'url'),
  };
  const state = sent.text('currentstate', 'state', 'status', 'action', 'description', 'longdescription');
  const action = actionOf(state) ?? 'trigger';
  const identity = check.id ?? check.name ?? check.address;
  if (action === 'ignored') return ignored('the check was paused, which is neither up nor down');
  if (identity === undefined) return problem('check_id', 'is missing, and so are check_name and check_params: nothing says which check this is about');
  return { kind: 'events', events: [checkEvent(sent, check, identity, action, severities)] };
}

function checkEvent(sent: BareFields, check: Check, identity: string, action: 'trigger' | 'acknowledge' | 'resolve', severities?: SeverityOverrides) {
  const name = check.name ?? check.address ?? `Check ${identity}`;
  const importance = sent.text('importancelevel', 'importance');
  return event({
    action,
    dedupKey: `pingdom-${check.type === 'TRANSACTION' ? 'transaction-' : ''}${identity}`,
    summary: summaryOf(sent, name, action === 'resolve'),
    source: check.address ?? name,
    severity: severityOf(importance, SEVERITIES, severities),
    occurredAt: sent.text('statechangedtimestamp', 'statechangedutctime', 'time'),
    component: name,
    class: check.type,
    details: said({
      check: name, checkId: check.id, type: check.type, state: sent.text('currentstate'), previousState: sent.text('previousstate'), importance,
      description: sent.text('description'), longDescription: sent.text('longdescription'), message: sent.text('custommessage'),
      incidentId: sent.text('incidentid'), tags: sent.value('tags'),
      hostname: sent.text('checkparamshostname', 'hostname', 'host'), port: sent.text('checkparamsport', 'port'),
      expectedIp: sent.text('checkparamsexpectedip'), nameserver: sent.text('checkparamsnameserver'),
      seenFrom: ['firstprobelocation', 'secondprobelocation'].flatMap((probe) => sent.text(probe) ?? []).join('; '),
    }),
    links: linksOf(sent, check),
    client: 'Pingdom',
    clientUrl: 'https://my.pingdom.com',
  });
}

function summaryOf(sent: BareFields, name: string, isOver: boolean): string {
  const state = sent.text('currentstate', 'state', 'status')?.toLowerCase();
  const said = `${name} is ${isOver ? 'up again' : state === undefined || actionOf(state) !== undefined && state !== 'failing' ? 'down' : state}`;
  const description = sent.text('description', 'longdescription');
  return isOver || description === undefined || actionOf(description) !== undefined ? said : `${said}: ${description}`;
}

function linksOf(sent: BareFields, { id, type }: Check) {
  const isNumber = id !== undefined && /^\d+$/.test(id);
  return [
    { href: isNumber && type !== 'TRANSACTION' ? `https://my.pingdom.com/app/reports/uptime#check=${id}` : undefined, text: 'Pingdom' },
    { href: sent.text('checkparamsfullurl', 'fullurl'), text: 'Checked address' },
    { href: sent.text('checkparamsurl', 'url'), text: 'Checked address' },
  ];
}
