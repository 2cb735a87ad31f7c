import { expect, it } from "vitest";
import { me } from "../../../test/factory";
import { anySet, auditFilters, auditQuery, shows, userFilters, userQuery, written } from "./filters";

it("takes from the address what makes sense, and nothing else", () => {
  expect(userFilters({ q: " amara ", role: "agent", team: "t1", status: "invited", other: "x" })).toEqual({
    q: "amara",
    role: "agent",
    team: "t1",
    status: "invited",
  });
  expect(userFilters({ q: { evil: 1 }, role: "owner", team: "", status: ["active"] })).toEqual({
    q: "",
    role: null,
    team: null,
    status: null,
  });
  // The router reads numbers and booleans where people typed words.
  expect(userFilters({ q: 2026 }).q).toBe("2026");
  expect(userFilters({ q: true }).q).toBe("true");
  expect(userFilters({ q: "x".repeat(500) }).q).toHaveLength(200);
});

it("writes into the address only what is set, so that a round trip changes nothing", () => {
  const filters = userFilters({ q: "amara", status: "active" });
  expect(written(filters)).toEqual({ q: "amara", status: "active" });
  expect(userFilters(written(filters))).toEqual(filters);
  expect(anySet(filters)).toBe(true);
  expect(anySet(userFilters({}))).toBe(false);
});

it("asks the server by its own names", () => {
  expect(userQuery(userFilters({ q: "a", role: "admin", team: "t1" }))).toEqual({
    q: "a",
    role: "admin",
    team_id: "t1",
  });
  expect(auditQuery(auditFilters({ kind: "user", actor: "u1", subject: "u2" }))).toEqual({
    kind: "user",
    actor_id: "u1",
    subject_id: "u2",
  });
});

it("takes whole days in the viewer's zone, and only days that exist", () => {
  const query = auditQuery(auditFilters({ from: "2026-11-24", to: "2026-11-25" }));
  expect(query.from).toBe(new Date(2026, 10, 24).toISOString());
  expect(query.to).toBe(new Date(2026, 10, 26, 0, 0, 0, -1).toISOString());
  expect(auditFilters({ from: "2026-02-31", to: "yesterday" })).toMatchObject({ from: null, to: null });
});

it("knows whether a list shows a user", () => {
  const filters = userFilters({ role: "agent", team: "t1", status: "active" });
  expect(shows(filters, me)).toBe(true);
  expect(shows(filters, { ...me, role: "admin" })).toBe(false);
  expect(shows(filters, { ...me, teams: [] })).toBe(false);
  expect(shows(filters, { ...me, status: "deactivated" })).toBe(false);
});
