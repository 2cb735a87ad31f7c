import type { components } from "./schema";
import type { User } from "./types";

type Schemas = components["schemas"];

export type Role = Schemas["Role"];
export type UserStatus = Schemas["UserStatus"];
/** How many users there are, for the head of their list. */
export type UserSummary = Schemas["UserSummary"];
/** A link that works once and is shown once. */
export type OneTimeLink = Schemas["OneTimeLink"];
/** A new user; `link` is there when they were invited. */
export type CreatedUser = User & { link?: OneTimeLink | null };
export type UserChange = Schemas["UpdateUser"];
export type NewUser = Schemas["CreateUser"];
export type ImportRow = Schemas["ImportRow"];
export type ImportResult = Schemas["ImportResult"];

/** A team as lists of teams show it. */
export type TeamView = Schemas["TeamView"];
export type TeamMember = Schemas["TeamMember"];
/** A team with its members. */
export type TeamFull = Schemas["TeamFull"];
export type TeamChange = Schemas["UpdateTeam"];

export type Channel = Schemas["Channel"];
/** What holds for the whole company. */
export type CompanySettings = Schemas["Settings"];

export type AuditEntry = Schemas["AuditEntry"];
/** What checking the chain of the audit log found. */
export type AuditCheck = Schemas["AuditVerdict"];
