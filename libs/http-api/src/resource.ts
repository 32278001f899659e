import { IsInt, IsISO8601, IsUUID } from 'class-validator';

/** What every service shows of a resource that operators make and change. */
export class ResourceAnswer {
  @IsUUID() id!: string;
  /** Counts the operators' changes: its ETag. */
  @IsInt() version!: number;
  @IsISO8601() createdAt!: string;
  @IsISO8601() updatedAt!: string;
}
