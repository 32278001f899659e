/** Where Kibana's rules, Watcher, ElastAlert and the templates of their users put things, the likeliest first, by bare name. */
export const NAMES = {
  rule: [
    'rulename', 'kibanaalertrulename', 'contextrulename', 'signalrulename', 'alertname', 'metadataname',
    'ctxmetadataname', 'payloadmetadataname', 'watchname', 'monitorname', 'casetitle', 'fieldssummary',
    'contexttitle', 'title', 'alertsubject', 'subject', 'name', 'markdowntitle', 'alerttype',
  ],
  reason: [
    'contextreason', 'kibanaalertreason', 'reason', 'alertreason', 'contextmessage', 'contextstatusmessage', 'statemessage',
    'message', 'contextconditions', 'payloadsummary', 'summary', 'alerttext', 'description', 'contextruledescription',
    'casedescription', 'text', 'markdowntext', 'note',
  ],
  host: [
    'contexthosthostname', 'contexthostname', 'contexthost', 'contextgroup', 'contextservicename', 'kibanaalertgroup',
    'hostname', 'hosthostname', 'host', 'payloadsource', 'servicename', 'service', 'contextmonitorname',
    'group', 'server', 'node', 'resource', 'agentname', 'source',
  ],
  status: [
    'status', 'state', 'alertstatus', 'alertstate', 'rulestatus', 'contextstatus', 'contextalertstate', 'casestatus',
    'watchstatus', 'ctxmetadatastatus', 'metadatastatus', 'payloadstatus', 'action', 'event', 'eventtype',
  ],
  actionGroup: [
    'alertactiongroup', 'actiongroup', 'kibanaalertactiongroup',
    'alertactiongroupname', 'actiongroupname', 'kibanaalertactiongroupname',
  ],
  severity: [
    'severity', 'alertseverity', 'kibanaalertseverity', 'contextruleseverity', 'ruleseverity', 'kibanaalertruleseverity',
    'signalruleseverity', 'metadataseverity', 'ctxmetadataseverity', 'payloadmetadataseverity',
    'payloadseverity', 'contextseverity', 'caseseverity', 'priority', 'alertpriority', 'metadatapriority', 'level', 'loglevel',
  ],
  /** When it began; `end` when it was over; `time` when a body says only when it was sent. */
  start: ['kibanaalertstart'],
  end: ['kibanaalertend', 'contextrecoveredat'],
  time: [
    'contexttimestamp', 'contextdate', 'date', 'timestamp', 'executiontime', 'ctxexecutiontime',
    'triggertriggeredtime', 'payloadtriggertriggeredtime', 'payloadtimestamp', 'timeofevent',
  ],
  link: [
    'contextalertdetailsurl', 'alertdetailsurl', 'kibanaalerturl', 'contextresultslink', 'resultslink',
    'contextviewinappurl', 'viewinappurl', 'contextlink', 'alerturl', 'url', 'link', 'caseurl',
  ],
} as const;
