import { createHash, randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { AuditEntry, Channel, CompanySettings, Role, TeamView, User, UserStatus } from "@max/api";
import { teams as basic } from "./sample";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const iso = (ago: number) => new Date(Date.now() - ago).toISOString();
const PAGE = 50;

/** Who signs in as admin. */
export const ewa: User = {
  id: "u-ewa",
  name: "Ewa Halska",
  email: "admin@demo.test",
  role: "admin",
  active: true,
  status: "active",
  teams: [],
  two_factor: "on",
  photo_url: null,
  last_seen_at: iso(0),
  created_at: iso(200 * DAY),
};

const NAMES =
  "Bola Taiwo|Devon Kim|Hiro Kato|Leila Moreno|Marcus Adeyemi|Nils Öberg|Paula Vidal|Ruth Nakato|Sofia Nunes|Tariq Rahal|" +
  "Yara Pinto|מיכל לוי|فاطمة الزهراء بنت عبد الرحمن|Wolfeschlegelsteinhausenbergerdorff Hubert Blaine the Elder|" +
  "María Fernanda de la Concepción Gutiérrez y Álvarez-Santamaría|山田 太郎|Ngozi Eze|Łukasz Żółć|Åsa Ek|Jo";
const FIRST = "Ada|Ben|Chika|Dario|Elif|Femi|Grace|Hana|Ivan|Jana|Kofi|Lin|Mona|Noor|Otis|Pia|Quentin|Rosa".split("|");
const LAST = "Abara|Brandt|Costa|Dimitrov|Endo|Farouk|Gomez|Hansen|Ito|Jansen|Kowalski|Lund|Mensah".split("|");
const ROLES: Role[] = [
  "agent",
  "agent",
  "agent",
  "agent",
  "agent",
  "team_lead",
  "agent",
  "supervisor",
  "agent",
  "admin",
];

type Answer = (status: number, value?: unknown) => true;

/** People, teams, settings and the audit log, as the server would answer about them. */
export class AdminMock {
  readonly users: User[];
  readonly teams: TeamView[];
  readonly audit: AuditEntry[] = [];
  readonly channels: Channel[];
  settings: CompanySettings = {
    company_name: "Zelmira Pay",
    two_factor_roles: ["admin", "supervisor"],
    flood_messages: 20,
    flood_seconds: 60,
    flood_block_messages: 200,
    flood_block_hours: 24,
  };
  readonly #emit: (kind: string, data: unknown) => void;

  constructor(emit: (kind: string, data: unknown) => void) {
    this.#emit = emit;
    const more = [
      "Fraud and disputes|red",
      "Business accounts|teal",
      "Night shift|gray",
      "Partners, agents and payout points in Western Africa|orange",
    ];
    this.teams = [
      ...Object.values(basic),
      ...more.map((line, i) => ({
        id: `t-more-${i}`,
        name: line.split("|")[0] ?? "",
        color: line.split("|")[1] ?? "",
      })),
    ].map((team, i) => ({
      ...team,
      description: i % 3 === 2 ? "" : `Answers what customers ask about ${team.name.toLowerCase()}.`,
      member_count: 0,
      created_at: iso((90 - i * 9) * DAY),
    }));
    const names = [
      ...NAMES.split("|"),
      ...Array.from({ length: 92 }, (_, i) => `${FIRST[i % 18]} ${LAST[(i * 7) % 13]}`),
    ];
    this.users = [
      ewa,
      ...names.map((name, i): User => {
        const status: UserStatus = i % 17 === 5 ? "invited" : i % 19 === 6 ? "deactivated" : "active";
        const role = ROLES[i % ROLES.length] ?? "agent";
        const team = (n: number) => pick(this.teams[(i + n) % this.teams.length] as TeamView);
        return {
          id: name === "Leila Moreno" ? "u-leila" : `u-${i}`,
          name,
          email: `${latin(name) || `person.${i}`}@zelmirapay.example`,
          role,
          active: status !== "deactivated",
          status,
          teams: i % 11 === 9 ? [] : i % 4 === 1 ? [team(0), team(1), team(4)] : i % 2 ? [team(0), team(3)] : [team(0)],
          two_factor:
            i % 5 === 3 ? "off" : role === "admin" && i % 3 === 0 ? "required" : status === "invited" ? "off" : "on",
          photo_url: null,
          last_seen_at: status === "invited" ? null : iso(i % 3 === 0 ? 0 : i * i * 7 * MINUTE),
          created_at: iso((120 - i) * DAY),
        };
      }),
    ];
    const channels = [
      "WhatsApp|t-transfers",
      "WhatsApp Business|t-sales",
      "WhatsApp Lagos|",
      "Chat on the site|t-sales",
    ];
    this.channels = channels.map((line, i) => ({
      id: `ch-${i + 1}`,
      kind: line.startsWith("Chat") ? "chat" : "whatsapp",
      name: line.split("|")[0] ?? "",
      team_id: line.split("|")[1] || null,
      reopen_hours: 24,
      config: {},
      credentials_set: [],
      webhook_url: "",
      active: true,
      health: "ok",
      created_at: iso(90 * DAY),
      updated_at: iso(90 * DAY),
    }));
    this.#history();
  }

  #history() {
    const kinds = [
      "sign_in.ok",
      "sign_in.ok",
      "sign_in.refused",
      "user.updated",
      "user.role_changed",
      "team.member_added",
      "session.ended",
      "sign_in.locked",
      "two_factor.on",
      "user.created",
      "settings.updated",
      "users.exported",
      "channel.credentials_changed",
      "team.updated",
      "user.deactivated",
    ];
    for (let i = 0; i < 180; i++) {
      const kind = kinds[(i * 7) % kinds.length] as string;
      const who = this.users[(i * 13) % this.users.length] as User;
      const data: Record<string, unknown> =
        kind === "user.role_changed"
          ? { from: "agent", to: "team_lead" }
          : kind === "user.updated"
            ? { changed: { name: ["Lena Moreno", who.name] } }
            : kind === "sign_in.refused"
              ? { email: "someone@zelmirapay.example", reason: "wrong_password" }
              : kind === "users.exported"
                ? { rows: 113, filters: { role: "agent" } }
                : {};
      this.#note(
        kind,
        kind === "sign_in.refused" ? null : kind.startsWith("sign_in") ? who : ewa,
        { type: kind.split(".")[0]?.replace(/s$/, "") ?? "", id: who.id, name: who.name },
        data,
        iso((180 - i) * 47 * MINUTE),
      );
    }
  }

  #note(
    kind: string,
    actor: User | null,
    subject: AuditEntry["subject"],
    data: Record<string, unknown> = {},
    at = iso(0),
  ) {
    const seq = this.audit.length + 1;
    const hash = createHash("sha256")
      .update(`${this.audit.at(-1)?.hash}${seq}${kind}`)
      .digest("hex");
    const about = kind.startsWith("settings") || kind.startsWith("users") || kind.startsWith("audit") ? null : subject;
    this.audit.push({
      seq,
      at,
      kind,
      actor: actor && { id: actor.id, name: actor.name },
      address: seq % 4 ? "203.0.113.24" : "2001:db8:85a3:8d3:1319:8a2e:370:7348",
      subject: about ?? null,
      data,
      hash,
    });
  }

  /** Answers what is about people and returns true, else false. */
  handle(
    method: string,
    path: string,
    query: URLSearchParams,
    body: Record<string, unknown>,
    response: ServerResponse,
  ): boolean {
    const answer: Answer = (status, value) => {
      response.statusCode = status;
      if (typeof value === "string") response.setHeader("content-type", "text/csv");
      else response.setHeader("content-type", status >= 400 ? "application/problem+json" : "application/json");
      response.end(value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value));
      return true;
    };
    const refuse = (status: number, code: string, detail: string, fields: { field: string; message: string }[] = []) =>
      answer(status, { type: "about:blank", title: code, status, code, detail, fields, request_id: randomUUID() });
    const [, noun = "", id, what, more] = path.split("/");
    const page = <T>(all: T[]) => {
      const start = Number(query.get("cursor") ?? 0);
      const end = start + Number(query.get("limit") ?? PAGE);
      return answer(200, { items: all.slice(start, end), next_cursor: end < all.length ? String(end) : null });
    };
    if (noun === "users.csv")
      return answer(
        200,
        `name,email\r\n${this.#find(query)
          .map((u) => `"${u.name}",${u.email}`)
          .join("\r\n")}`,
      );
    if (noun === "audit.csv")
      return answer(
        200,
        `seq,at,kind\r\n${this.#log(query)
          .map((e) => `${e.seq},${e.at},${e.kind}`)
          .join("\r\n")}`,
      );
    if (noun === "settings") {
      if (method === "PATCH") this.settings = { ...this.settings, ...body };
      return answer(200, this.settings);
    }
    if (noun === "audit") {
      if (id === "verify")
        return answer(200, {
          ok: true,
          entries: this.audit.length,
          first_broken_seq: null,
          head: this.audit.at(-1)?.hash,
        });
      return page(this.#log(query));
    }
    if (noun === "teams") return this.#teams(method, id, what, more, query, body, answer, refuse, page);
    if (noun !== "users") return false;

    if (!id && method === "GET") return page(this.#find(query));
    if (id === "summary") {
      const count = (status: UserStatus) => this.users.filter((u) => u.status === status);
      return answer(200, {
        active: count("active").length,
        invited: count("invited").length,
        deactivated: count("deactivated").length,
        two_factor_on: count("active").filter((u) => u.two_factor === "on").length,
      });
    }
    if (id === "import") return this.#import(String(body.csv), body.dry_run === true, answer);
    if (!id) {
      if (this.users.some((u) => u.email === body.email))
        return refuse(409, "already_exists", "Somebody has this e-mail address.", [
          { field: "email", message: "Somebody has this e-mail address already." },
        ]);
      const user = this.#put({
        ...ewa,
        id: randomUUID(),
        name: String(body.name),
        email: String(body.email),
        role: body.role as Role,
        status: body.password ? "active" : "invited",
        teams: this.#named((body.team_ids as string[]) ?? []),
        two_factor: "off",
        last_seen_at: null,
        created_at: iso(0),
      });
      this.#note("user.created", ewa, { type: "user", id: user.id, name: user.name });
      return answer(201, body.password ? user : { ...user, link: this.#link("welcome", 7) });
    }
    const user = this.users.find((u) => u.id === id);
    if (!user) return refuse(404, "not_found", "There is no such user.");
    if (!what && method === "GET") return answer(200, user);
    if (!what) {
      if (id === ewa.id && (body.role || body.active === false))
        return refuse(403, "own_role", "You cannot change your own role.");
      if (body.email && this.users.some((u) => u.id !== id && u.email === body.email))
        return refuse(409, "already_exists", "Somebody has this e-mail address.", [
          { field: "email", message: "Somebody has this e-mail address already." },
        ]);
      if (user.name.startsWith("Wolfe") && body.active === false)
        return refuse(409, "last_admin", "Somebody must stay who can administer.");
      const { team_ids, hand_over_to: _, ...rest } = body;
      const active = (rest.active as boolean | undefined) ?? user.active;
      const status = active ? (user.last_seen_at ? "active" : "invited") : "deactivated";
      this.#note("user.updated", ewa, { type: "user", id: user.id, name: user.name }, rest);
      return answer(
        200,
        this.#put({ ...user, ...rest, status, ...(team_ids ? { teams: this.#named(team_ids as string[]) } : {}) }),
      );
    }
    if (what === "workload")
      return answer(200, { open_conversations: user.status === "active" ? user.name.length % 7 : 0 });
    if (what === "link")
      return answer(
        200,
        this.#link(user.status === "invited" ? "welcome" : "reset", user.status === "invited" ? 7 : 1),
      );
    if (what === "two-factor") this.#put({ ...user, two_factor: user.role === "admin" ? "required" : "off" });
    return answer(204);
  }

  #teams(
    method: string,
    id: string | undefined,
    what: string | undefined,
    userId: string | undefined,
    query: URLSearchParams,
    body: Record<string, unknown>,
    answer: Answer,
    refuse: (status: number, code: string, detail: string, fields?: { field: string; message: string }[]) => true,
    page: (all: TeamView[]) => true,
  ): true {
    const full = (team: TeamView) => ({
      ...team,
      members: this.users.filter((u) => u.teams.some((t) => t.id === team.id)),
    });
    const words = query.get("q")?.toLowerCase() ?? "";
    if (!id && method === "GET") return page(this.#counted().filter((t) => t.name.toLowerCase().includes(words)));
    if (this.teams.some((t) => t.id !== id && t.name === body.name))
      return refuse(409, "already_exists", "A team has this name.", [
        { field: "name", message: "A team has this name already." },
      ]);
    if (!id) {
      const team: TeamView = {
        id: randomUUID(),
        name: String(body.name),
        color: String(body.color ?? "blue"),
        description: String(body.description ?? ""),
        member_count: 0,
        created_at: iso(0),
      };
      this.teams.push(team);
      this.#emit("team.changed", { team });
      return answer(201, full(team));
    }
    const at = this.teams.findIndex((t) => t.id === id);
    const team = this.#counted().find((t) => t.id === id);
    if (!team) return refuse(404, "not_found", "There is no such team.");
    if (what === "members") {
      const user = this.users.find((u) => u.id === userId);
      if (!user) return refuse(404, "not_found", "There is no such user.");
      const others = user.teams.filter((t) => t.id !== id);
      this.#put({ ...user, teams: method === "PUT" ? [...others, pick(team)] : others });
      return answer(204);
    }
    if (method === "GET") return answer(200, full(team));
    if (method === "DELETE") {
      if (this.channels.some((c) => c.team_id === id)) return refuse(409, "in_use", "A channel belongs to this team.");
      this.teams.splice(at, 1);
      for (const user of this.users)
        if (user.teams.some((t) => t.id === id)) this.#put({ ...user, teams: user.teams.filter((t) => t.id !== id) });
      this.#emit("team.deleted", { id });
      return answer(204);
    }
    this.teams[at] = { ...team, ...body };
    this.#emit("team.changed", { team: this.teams[at] });
    return answer(200, full(this.teams[at] as TeamView));
  }

  #import(csv: string, dry: boolean, answer: Answer): true {
    const rows = csv
      .trim()
      .split(/\r?\n/)
      .slice(1)
      .map((line, i) => {
        const [name = "", email = "", role = "", list = ""] = line.split(",").map((cell) => cell.trim());
        const teams = list ? list.split(";").map((t) => t.trim()) : [];
        const problems = [
          ...(name ? [] : ["The name is missing."]),
          ...(email.includes("@") ? [] : [`“${email}” is not an e-mail address.`]),
          ...(this.users.some((u) => u.email === email) ? ["Somebody has this e-mail address already."] : []),
          ...(["agent", "team_lead", "supervisor", "admin"].includes(role)
            ? []
            : [`“${role}” is no role; agent, team_lead, supervisor or admin.`]),
          ...teams.filter((t) => !this.teams.some((k) => k.name === t)).map((t) => `There is no team “${t}”.`),
        ];
        return { line: i + 2, name, email, role, teams, problems };
      });
    const invalid = rows.filter((r) => r.problems.length > 0).length;
    const done = !dry && invalid === 0;
    if (done)
      for (const r of rows)
        this.#put({
          ...ewa,
          id: randomUUID(),
          name: r.name,
          email: r.email,
          role: r.role as Role,
          status: "invited",
          two_factor: "off",
          last_seen_at: null,
          created_at: iso(0),
          teams: this.teams.filter((t) => r.teams.includes(t.name)).map(pick),
        });
    return answer(200, { rows, valid: rows.length - invalid, invalid, created: done ? rows.length : 0 });
  }

  #put(user: User): User {
    const at = this.users.findIndex((u) => u.id === user.id);
    if (at < 0) this.users.push(user);
    else this.users[at] = user;
    this.#emit("user.changed", { user });
    return user;
  }

  #find(query: URLSearchParams): User[] {
    const words = query.get("q")?.toLowerCase() ?? "";
    const [role, team, status] = [query.get("role"), query.get("team_id"), query.get("status")];
    return this.users
      .filter((u) => `${u.name} ${u.email} ${u.teams.map((t) => t.name)}`.toLowerCase().includes(words))
      .filter(
        (u) =>
          (!role || u.role === role) &&
          (!status || u.status === status) &&
          (!team || u.teams.some((t) => t.id === team)),
      )
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  #log(query: URLSearchParams): AuditEntry[] {
    const [kind, actor, subject, from, to, q] = ["kind", "actor_id", "subject_id", "from", "to", "q"].map((name) =>
      query.get(name),
    );
    return this.audit
      .filter(
        (e) =>
          (!kind || e.kind === kind || e.kind.startsWith(`${kind}.`)) &&
          (!actor || e.actor?.id === actor) &&
          (!subject || e.subject?.id === subject),
      )
      .filter(
        (e) =>
          (!from || e.at >= from) &&
          (!to || e.at < to) &&
          (!q || JSON.stringify(e).toLowerCase().includes(q.toLowerCase())),
      )
      .toReversed();
  }

  #counted(): TeamView[] {
    return this.teams
      .map((t) => ({ ...t, member_count: this.users.filter((u) => u.teams.some((m) => m.id === t.id)).length }))
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  #named(ids: string[]) {
    return this.teams.filter((t) => ids.includes(t.id)).map(pick);
  }

  #link(where: string, days: number) {
    return {
      url: `https://max.zelmirapay.example/${where}#${randomUUID()}${randomUUID()}`,
      expires_at: iso(-days * DAY),
      emailed: where === "reset",
    };
  }
}

const pick = ({ id, name, color }: TeamView) => ({ id, name, color });
const latin = (name: string) =>
  name
    .normalize("NFD")
    .replace(/[^a-zA-Z ]/g, "")
    .trim()
    .toLowerCase()
    .split(" ")
    .slice(0, 2)
    .join(".");
