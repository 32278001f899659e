import type { BareFields } from '../bare-fields.js';
import { text } from '../reading.js';

/** Environment variables of the cores carry the macro's name after one of these. */
const PREFIXES = ['', 'nagios', 'naemon', 'notify', 'icinga', 'icinga2', 'vo'];

/** The first text among these macros, whichever core's environment it comes from, without space around it. */
export function macro(found: BareFields, ...names: readonly string[]): string | undefined {
  return text(macroValue(found, ...names))?.trim();
}

/** The same as it was sent. */
export function macroValue(found: BareFields, ...names: readonly string[]): unknown {
  for (const name of names) {
    for (const prefix of PREFIXES) {
      const value = found.value(prefix + name);
      if (text(value) !== undefined) return value;
    }
  }
  return undefined;
}

/**
 * Where things stand, by bare name: the macros of Nagios, Naemon and Nagios XI ($HOSTNAME$), the runtime macros of Icinga 2 ($host.name$), the environment of
 * Checkmk's notification scripts (NOTIFY_HOSTNAME), the objects of Icinga's API, and what the published webhook scripts call them.
 */
export const NAMES = {
  /** A macro that the core left as it was, and what scripts print for one that is not there. */
  unfilled: /^(?:\$[\w.:]*\$|none|null|\(null\))$/i,
  /** Objects that scripts put the macros in. */
  wrappers: ['details', 'data', 'macros', 'notification', 'event', 'alert', 'object', 'incident', 'custom_details', 'SvcEvent', 'HostEvent'],
  type: ['notificationtype', 'type', 'eventtype', 'messagetype'],
  kind: ['what', 'entitytype', 'objecttype', 'alerttype'],
  host: ['hostname', 'host', 'hostobjectname', 'tagshost', 'hostdisplayname', 'hostalias', 'hostaddress', 'hosthostname', 'svchostname', 'address', 'ip'],
  shownHost: ['hostdisplayname', 'hostdisplay'],
  service: ['servicedesc', 'servicedescription', 'servicename', 'service', 'tagsservice', 'servicedisplayname', 'svcdesc'],
  shownService: ['servicedisplayname', 'servicedisplay'],
  serviceState: ['servicestate', 'serviceshortstate', 'servicestateid', 'svcstateid', 'state', 'currentstate', 'checkresultstate', 'severity', 'status'],
  hostState: ['hoststate', 'hostshortstate', 'hoststateid', 'state', 'currentstate', 'checkresultstate', 'severity', 'status'],
  stateType: ['servicestatetype', 'hoststatetype', 'statetype', 'checkresultstatetype'],
  output: [
    'serviceoutput', 'svcoutput', 'hostoutput', 'output', 'checkresultoutput',
    'additionalinfo', 'message', 'description', 'statemessage', 'info', 'text',
  ],
  title: ['summary', 'title', 'subject', 'name', 'headline'],
  id: ['incidentkey', 'entityid', 'problemid', 'id'],
  time: ['timet', 'microtime', 'timestamp', 'eventtime', 'longdatetime', 'checkresultexecutionend', 'time'],
  group: ['hostgroupname', 'hostgroup', 'hostgroups', 'hostgroupnames'],
  check: ['servicecheckcommand', 'hostcheckcommand', 'checkcommand', 'servicecheckcommandname'],
  links: [
    ['Action', 'serviceactionurl', 'hostactionurl', 'actionurl'],
    ['Notes', 'servicenotesurl', 'hostnotesurl', 'notesurl'],
    ['Monitoring', 'serviceurl', 'hosturl', 'url', 'link', 'icingaweb2url', 'objecturl'],
  ],
  details: [
    ['previousState', 'lastservicestate', 'lasthoststate', 'serviceslaststate', 'laststate'],
    ['stateType', 'servicestatetype', 'hoststatetype', 'statetype'],
    ['attempt', 'serviceattempt', 'hostattempt', 'servicecheckattempt', 'hostcheckattempt', 'checkattempt', 'attempt'],
    ['duration', 'serviceduration', 'hostduration', 'servicedurationsec', 'hostdurationsec', 'duration'],
    ['address', 'hostaddress', 'address', 'address4', 'ip'],
    ['longOutput', 'longserviceoutput', 'longhostoutput', 'longoutput'],
    ['performance', 'serviceperfdata', 'hostperfdata', 'perfdata'],
    ['author', 'notificationauthorname', 'notificationauthor', 'serviceackauthor', 'hostackauthor', 'author', 'username'],
    ['comment', 'notificationcomment', 'serviceackcomment', 'hostackcomment', 'comment'],
    ['notes', 'servicenotes', 'hostnotes', 'notes'],
    ['site', 'omdsite', 'site'],
  ],
} as const;
