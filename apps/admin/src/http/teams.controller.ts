import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { isUniqueViolation } from '@signalbox/database';
import { Answers, IdPipe, ListQuery, badRequest, conflict, decodeCursor, etagOf, notFound, page, requireMatch, type Page } from '@signalbox/http-api';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayUnique, IsArray, IsBoolean, IsOptional, IsString, IsUUID, MaxLength, MinLength, ValidateNested } from 'class-validator';
import type { IncomingMessage } from 'node:http';
import { NoMemberError, TeamStore, type Team, type TeamMember } from '../store/team-store.js';
import { TeamAnswer } from './answers.dto.js';

/** So many people are in a team at most. */
const MOST_MEMBERS = 200;
const idOf = (member: { userId?: unknown } | null): string => String(member?.userId).toLowerCase();

export class TeamMemberBody {
  @IsUUID()
  userId!: string;

  @IsOptional() @IsBoolean()
  lead?: boolean;
}

export class NewTeam {
  @IsString() @MinLength(1) @MaxLength(120)
  name!: string;

  @IsOptional() @IsString() @MaxLength(2000)
  description?: string;

  /** Members of the tenant, each once; their order is kept. */
  @IsOptional() @IsArray() @ArrayMaxSize(MOST_MEMBERS) @ArrayUnique(idOf) @ValidateNested({ each: true }) @Type(() => TeamMemberBody)
  members?: TeamMemberBody[];
}

export class TeamChange {
  @IsOptional() @IsString() @MinLength(1) @MaxLength(120)
  name?: string;

  @IsOptional() @IsString() @MaxLength(2000)
  description?: string;

  /** Replaces all members. */
  @IsOptional() @IsArray() @ArrayMaxSize(MOST_MEMBERS) @ArrayUnique(idOf) @ValidateNested({ each: true }) @Type(() => TeamMemberBody)
  members?: TeamMemberBody[];
}

/** Groups of people who answer for something together. */
@Controller('api/v1/teams')
export class TeamsController {
  constructor(private readonly teams: TeamStore) {}

  @Get()
  @Answers(TeamAnswer, 'page')
  @Requires({ resource: 'teams', action: 'read', role: 'viewer' })
  async list(@CurrentIdentity() identity: Identity, @Query() { limit, cursor }: ListQuery): Promise<Page<TeamAnswer>> {
    return page(await this.teams.list(identity.tenantId, limit, decodeCursor(cursor)), limit, (team) => ({ at: new Date(team.createdAt), id: team.id }));
  }

  @Get(':id')
  @Answers(TeamAnswer)
  @Requires({ resource: 'teams', action: 'read', role: 'viewer' })
  async read(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<TeamAnswer> {
    return found(await this.teams.find(identity.tenantId, id), id);
  }

  @Post()
  @Answers(TeamAnswer)
  @Requires({ resource: 'teams', action: 'write', role: 'editor' })
  create(@CurrentIdentity() identity: Identity, @Body() { name, description, members }: NewTeam): Promise<TeamAnswer> {
    return explained(name, this.teams.create(identity, { name, description: description ?? null, members: membersOf(members ?? []) }));
  }

  @Patch(':id')
  @Answers(TeamAnswer)
  @Requires({ resource: 'teams', action: 'write', role: 'editor' })
  async change(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() { name, description, members }: TeamChange,
    @Req() request: IncomingMessage,
  ): Promise<TeamAnswer> {
    const change = {
      ...(name === undefined ? {} : { name }), ...(description === undefined ? {} : { description }),
      ...(members === undefined ? {} : { members: membersOf(members) }),
    };
    return found(await explained(name ?? '', this.teams.update(identity, id, change, unchangedSince(request))), id);
  }

  /** Its members stay; what names the team as a target reaches nobody through it any more. */
  @Delete(':id')
  @HttpCode(204)
  @Requires({ resource: 'teams', action: 'write', role: 'editor' })
  async remove(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Req() request: IncomingMessage): Promise<void> {
    if (!(await this.teams.remove(identity, id, unchangedSince(request)))) throw notFound('team', id);
  }
}

function membersOf(members: readonly TeamMemberBody[]): TeamMember[] {
  return members.map(({ userId, lead }) => ({ userId: userId.toLowerCase(), lead: lead ?? false }));
}

function unchangedSince(request: IncomingMessage): (team: Team) => void {
  return (team) => requireMatch(request, etagOf(team.version));
}

function found(team: Team | null, id: string): Team {
  if (team === null) throw notFound('team', id);
  return team;
}

function explained<T>(name: string, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    if (error instanceof NoMemberError) {
      throw badRequest(error.indexes.map((index) => ({ path: `members[${index}].userId`, message: 'is not the id of a user of yours' })));
    }
    if (isUniqueViolation(error, 'teams_name')) throw conflict(`There is a team named '${name}' already: choose another name.`);
    throw error;
  });
}
