import { Controller, Get } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { Answers } from '@signalbox/http-api';
import { healthOf } from '../request-log/health.js';
import { HealthStore } from '../store/health-store.js';
import { HealthAnswer } from './answers.dto.js';
import { isScraper } from './who-asks.js';

@Controller('api/integrations/health')
export class HealthController {
  constructor(private readonly health: HealthStore) {}

  /** How the integrations fare: those of the caller's tenant; of all tenants for the scrape token. Counts are written every two seconds. */
  @Get()
  @Answers(HealthAnswer)
  @Requires({ resource: 'integrations', action: 'read', role: 'viewer' })
  async read(@CurrentIdentity() identity: Identity): Promise<HealthAnswer> {
    return healthOf(await this.health.sums(isScraper(identity) ? undefined : identity.tenantId));
  }
}
