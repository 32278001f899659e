/**
 * Where senders usually put things, the likeliest first, by bare name: `monitorid` stands for `monitor_id`,
 * `MonitorID`, `monitor-id` and `{"monitor": {"id": …}}`. Found in the documented bodies of the tools that the README names.
 */
export const NAMES = {
  title: [
    'summary', 'title', 'payloadsummary', 'alerttitle', 'alertsummary', 'headline', 'subject',
    'incidenttitle', 'alertgrouptitle', 'eventdatatitle', 'titlerule', 'eventdefinitiontitle',
  ],
  /** What the alert, the check or the job is called: with what is said of it, a title. */
  name: [
    'alertname', 'alertrulename', 'rulename', 'checkname', 'monitorname', 'alarmname', 'searchname',
    'labelsalertname', 'entitydisplayname', 'monitor', 'check', 'checkalias', 'alarm', 'alert',
    'incidentname', 'name', 'rule', 'streamtitle', 'componentname', 'attachmentname',
  ],
  said: [
    'message', 'text', 'msg', 'description', 'statemessage', 'alertmessage', 'alertdescription', 'payloaddescription',
    'incidentreason', 'checkerrormessage', 'errormessage', 'reason', 'info', 'output', 'content',
    'body', 'detail', 'details', 'attachmenttext', 'rootcause', 'metricname', 'resultmessage', 'checkresultresultdescription', 'resultraw',
  ],
  severity: [
    'severity', 'payloadseverity', 'level', 'priority', 'criticality', 'urgency', 'alertseverity',
    'alertlevel', 'alertpriority', 'labelsseverity', 'loglevel', 'impact', 'incidentimpact',
    'eventdatapriority', 'eventdataurgency', 'messagetype', 'datalevel',
  ],
  dedupKey: [
    'dedupkey', 'deduplicationkey', 'alertalias', 'alertid', 'alertuid', 'incidentid',
    'incidentkey', 'fingerprint', 'alertfingerprint', 'alias', 'alertkey', 'alertcorrelationid',
    'aggregationkey', 'entityid', 'checkid', 'checktoken', 'monitorid', 'testid', 'problemid',
    'messagekey', 'xs4externalid', 'eventdefinitionid', 'checkresulttriggeredconditionid',
    'eventdataid', 'alertgroupid', 'key', 'id', 'uid', 'uuid', 'componentid',
  ],
  action: [
    'eventaction', 'action', 'status', 'state', 'currentstate', 'alertstatus', 'alertstate', 'alertaction',
    'event', 'eventtype', 'eventeventtype', 'alerttype', 'messagetype', 'eventstatus', 'monitorstatus',
    'incidentstatus', 'incidentstate', 'alertgroupstate', 'eventdatastatus', 'statustext',
    'buildstatus', 'resolutionstate', 'xs4status', 'componentstatus', 'result', 'type',
  ],
  /** Words of yes and no. */
  over: ['resolved', 'isresolved', 'alertresolved', 'recovered', 'closed'],
  on: ['triggered', 'firing', 'active', 'alertactive', 'alarming', 'checkresulttriggered'],
  source: [
    'alertentity', 'source', 'payloadsource', 'host', 'hostname', 'instance', 'service', 'servicename', 'server',
    'device', 'node', 'origin', 'alerthost', 'alertsource', 'labelsinstance', 'labelshost', 'resource',
    'entity', 'agentname', 'computer', 'machine', 'sourcename', 'eventdataservicesummary', 'monitorurl', 'app', 'application', 'project',
  ],
  time: [
    'timestamp', 'payloadtimestamp', 'occurredat', 'time', 'createdat', 'date', 'startsat', 'startedat',
    'alerttimestamp', 'alertcreatedat', 'incidenttimeiso', 'eventtime', 'eventoccurredat', 'eventtimestamp',
    'triggeredat', 'firedat', 'datetime', 'start', 'ts', 'alerttime', 'buildtimestamp',
  ],
  link: [
    'url', 'link', 'linktoupstreamdetails', 'alerturl', 'alertlink', 'htmlurl', 'permalink', 'weburl',
    'incidenturl', 'eventdatahtmlurl', 'resultslink', 'monitordashboardlink', 'historyui', 'attachmentlink',
    'buildfullurl', 'titlelink', 'clienturl', 'monitorurl', 'detailsurl', 'diagnosticreporturl', 'logurl',
  ],
  runbook: ['runbookurl', 'runbook', 'customfieldsrunbookurl', 'annotationsrunbookurl'],
  image: ['imageurl', 'image', 'screenshoturl'],
  /** What tells two alerts of one name apart that have no id. */
  part: ['chart', 'metric', 'checktype', 'cetype'],
} as const;

/** Fields that hold a secret of the sender's: not for the details. */
export const SECRETS = new Set(['servicekey', 'routingkey', 'apikey', 'token', 'authtoken', 'password', 'secret', 'sharedsecret']);
