import type { ServiceSchema } from '@signalbox/database';
import { IncidentClass1795510000000, Incidents1763700000000 } from './store/migrations.js';
import { ChangeEvents1795310000000 } from './store/migrations-change-events.js';
import { IncidentLists1795650000000 } from './store/migrations-lists.js';
import { EscalationAudit1795670000000 } from './store/migrations-audit.js';
import { Plans1795500000000 } from './store/migrations-plans.js';
import {
  EventsOfTenants1795640000000, RuleChanges1795630000000, RuleChangesByHand1795641000000, ServicePolicies1795620000000,
} from './store/migrations-rules.js';
import { HandOffs1795690000000, OnCallChanges1795660000000 } from './store/migrations-on-call.js';
import { Responders1795702000000 } from './store/migrations-responders.js';
import { RuleStarts1795703000000 } from './store/migrations-rule-starts.js';
import { Schedules1795600000000 } from './store/migrations-schedules.js';
import { ServiceTeams1795511000000 } from './store/migrations-service-teams.js';
import { Storms1795701000000 } from './store/migrations-storms.js';

/** What the migrate step makes for this service. */
export const schema: ServiceSchema = {
  name: 'incidents',
  migrations: [
    Incidents1763700000000, ChangeEvents1795310000000, Plans1795500000000, IncidentClass1795510000000, ServiceTeams1795511000000, Schedules1795600000000,
    ServicePolicies1795620000000, RuleChanges1795630000000, EventsOfTenants1795640000000, RuleChangesByHand1795641000000, IncidentLists1795650000000,
    OnCallChanges1795660000000, EscalationAudit1795670000000, HandOffs1795690000000, Storms1795701000000, Responders1795702000000, RuleStarts1795703000000,
  ],
  appendOnly: ['incident_events', 'timeline'],
};
