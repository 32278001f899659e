import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { newId } from '@signalbox/contracts';
import { Answers, IdPipe, ListQuery, type Page } from '@signalbox/http-api';
import type { IncomingMessage } from 'node:http';
import { endAt, faultsOf, type Times } from '../../domain/window.js';
import type { WindowEntity } from '../store/entities.js';
import { WindowStore } from '../store/rule-store.js';
import { Trials } from '../store/trials.js';
import { MaintenanceWindowAnswer, PreviewAnswer } from './answers.dto.js';
import { matchersOf } from './fields.js';
import { MaintenanceWindowChange, NewMaintenanceWindow } from './quiet.dto.js';
import { References, refuse } from './references.js';
import { RuleResource, given } from './rule-resource.js';

type Columns = Pick<WindowEntity, 'name' | 'matchers' | 'serviceIds' | 'startsAt' | 'endsAt' | 'timeZone' | 'recurrence' | 'recursUntil'>;

@Controller('api/v1/maintenance-windows')
export class MaintenanceWindowsController {
  private readonly resource: RuleResource<WindowEntity, MaintenanceWindowAnswer>;

  constructor(store: WindowStore, private readonly trials: Trials, private readonly references: References) {
    this.resource = new RuleResource(store, { resource: 'maintenance-windows', one: 'maintenance window', shown });
  }

  @Get()
  @Answers(MaintenanceWindowAnswer, 'page')
  @Requires({ resource: 'maintenance-windows', action: 'read', role: 'viewer' })
  list(@CurrentIdentity() identity: Identity, @Query() query: ListQuery): Promise<Page<MaintenanceWindowAnswer>> {
    return this.resource.page(identity, query);
  }

  @Get(':id')
  @Answers(MaintenanceWindowAnswer)
  @Requires({ resource: 'maintenance-windows', action: 'read', role: 'viewer' })
  read(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<MaintenanceWindowAnswer> {
    return this.resource.read(identity, id);
  }

  @Post()
  @Answers(MaintenanceWindowAnswer)
  @Requires({ resource: 'maintenance-windows', action: 'write', role: 'editor' })
  async create(@CurrentIdentity() identity: Identity, @Body() body: NewMaintenanceWindow): Promise<MaintenanceWindowAnswer> {
    return this.resource.create(identity, await this.checked(identity, body));
  }

  /** What it would have kept quiet of the last 1,000 events, had it always come again; the times of one that does not come again are set aside. */
  @Post('preview')
  @HttpCode(200)
  @Answers(PreviewAnswer)
  @Requires({ resource: 'maintenance-windows', action: 'read', role: 'viewer' })
  async preview(@CurrentIdentity() identity: Identity, @Body() body: NewMaintenanceWindow): Promise<PreviewAnswer> {
    const columns = await this.checked(identity, body);
    const times = timesOf(columns);
    const endAtAnyTime = (at: string): string | null => (times.recurrence === 'none' ? times.endsAt : endAt(times, at, true));
    const { name, matchers, serviceIds } = columns;
    return this.trials.of(identity.tenantId, {
      windows: [{ id: newId(), name, matchers, serviceIds, endAt: endAtAnyTime, beginsAfter: () => null }],
    });
  }

  @Patch(':id')
  @Answers(MaintenanceWindowAnswer)
  @Requires({ resource: 'maintenance-windows', action: 'write', role: 'editor' })
  async change(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() body: MaintenanceWindowChange,
    @Req() request: IncomingMessage,
  ): Promise<MaintenanceWindowAnswer> {
    const columns = await this.given(identity, body);
    return this.resource.change(identity, id, request, (row) => {
      Object.assign(row, columns);
      refuse(windowFaults(row));
    });
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires({ resource: 'maintenance-windows', action: 'write', role: 'editor' })
  remove(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Req() request: IncomingMessage): Promise<void> {
    return this.resource.remove(identity, id, request);
  }

  /** What a new one is made of; refuses (400) what cannot be. */
  private async checked(identity: Identity, body: NewMaintenanceWindow): Promise<Columns> {
    const columns: Columns = {
      name: body.name, matchers: [], serviceIds: [],
      startsAt: new Date(body.startsAt), endsAt: new Date(body.endsAt), timeZone: 'UTC', recurrence: 'none', recursUntil: null,
      ...await this.given(identity, body),
    };
    refuse([...windowFaults(columns), ...overFaults(columns, new Date())]);
    return columns;
  }

  private async given({ tenantId }: Identity, change: MaintenanceWindowChange): Promise<Partial<Columns>> {
    const { name, matchers, serviceIds, startsAt, endsAt, timeZone, recurrence, recursUntil } = change;
    refuse(await this.references.serviceFaults(tenantId, 'serviceIds', serviceIds ?? []));
    return given({
      name, matchers: matchers && matchersOf(matchers), serviceIds: serviceIds?.map((id) => id.toLowerCase()), startsAt: startsAt && new Date(startsAt),
      endsAt: endsAt && new Date(endsAt), timeZone, recurrence, recursUntil: recursUntil && new Date(recursUntil),
    });
  }
}

function windowFaults(row: Columns) {
  const nothing = row.serviceIds.length === 0 && row.matchers.length === 0;
  const message = 'name services, or matchers; for everything, the matcher {"field": "severity", "operator": "!=", "value": ""}';
  return [
    ...faultsOf(timesOf(row)),
    ...(nothing ? [{ path: 'serviceIds', message }] : []),
  ];
}

/** A new window that is over, and does not come again, would quiet nothing: a date that was mistyped. */
function overFaults({ recurrence, endsAt }: Columns, now: Date) {
  return recurrence === 'none' && endsAt <= now ? [{ path: 'endsAt', message: 'must be later than now' }] : [];
}

function timesOf({ startsAt, endsAt, timeZone, recurrence, recursUntil }: Columns): Times {
  return { startsAt: startsAt.toISOString(), endsAt: endsAt.toISOString(), timeZone, recurrence, recursUntil: recursUntil?.toISOString() ?? null };
}

function shown(row: WindowEntity): MaintenanceWindowAnswer {
  const { id, name, serviceIds, matchers, version, createdAt, updatedAt } = row;
  return { id, name, serviceIds, matchers, ...timesOf(row), version, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}
