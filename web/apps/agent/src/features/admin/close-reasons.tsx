import { body, type CloseReason } from "@max/api";
import { type Column, DataTable, EmptyState, IconButton, Input, Pill, Switch, type TableHandle, toast } from "@max/ui";
import { useQuery } from "@tanstack/react-query";
import { ArrowDown, ArrowUp, ListChecks, Plus } from "lucide-react";
import { useRef } from "react";
import { api, queryClient } from "../../app/services";
import { useShortcuts } from "../../app/shortcuts";
import { errorText } from "../../app/words";
import { media, useMedia } from "../../lib/use-media";
import { REASONS } from "../conversation/reasons";
import { FormPanel, useForm } from "./form-panel";
import { Beside, Failed, HeadAction, PageHead } from "./layout";
import { usePlace } from "./place";
import { fieldProblem } from "./queries";
import { a } from "./strings";
import { GonePanel, NEW } from "./tools";

const { reasons: words } = a;
const FIELDS = ["name"];

interface Row {
  reason: CloseReason;
  first: boolean;
  last: boolean;
}

const load = async () => body<{ items: CloseReason[] }>(await api.GET("/api/v1/close-reasons")).items;

/** One reason as it is now, in what is loaded. */
function put(reason: CloseReason): void {
  queryClient.setQueryData<CloseReason[]>(REASONS, (all) =>
    all?.some((r) => r.id === reason.id) ? all.map((r) => (r.id === reason.id ? reason : r)) : [...(all ?? []), reason],
  );
}

/** Puts a reason somewhere else in the order: at once on the screen, and back where the server does not take it. */
async function move(all: readonly CloseReason[], reason: CloseReason, step: number): Promise<void> {
  const from = all.findIndex((r) => r.id === reason.id);
  const order = all.toSpliced(from, 1).toSpliced(from + step, 0, reason);
  queryClient.setQueryData(
    REASONS,
    order.map((r, position) => ({ ...r, position })),
  );
  try {
    const params = { path: { id: reason.id } };
    await api.PATCH("/api/v1/close-reasons/{id}", { params, body: { position: from + step } });
  } catch (error) {
    toast(`${words.moveFailed} ${errorText(error)}`, "bad");
  }
  // The server may have moved others with it.
  void queryClient.invalidateQueries({ queryKey: REASONS });
}

/** Why conversations are closed: the list to pick from, in its order. */
export function CloseReasonsPage() {
  const { id, open, close } = usePlace("close-reasons");
  const query = useQuery({ queryKey: REASONS, queryFn: load });
  const phone = useMedia(media.phone);
  const table = useRef<TableHandle>(null);
  const all = query.data?.toSorted((one, two) => one.position - two.position);
  const rows = all?.map((reason, index) => ({ reason, first: index === 0, last: index === all.length - 1 }));

  useShortcuts({
    j: () => table.current?.move(1) ?? false,
    k: () => table.current?.move(-1) ?? false,
    escape: () => (id ? close() : false),
  });

  const order = ({ reason, first, last }: Row) => (
    <span className="inline-flex">
      <IconButton
        label={words.up(reason.name)}
        disabled={first}
        data-testid="reason-up"
        onClick={() => void move(all ?? [], reason, -1)}
      >
        <ArrowUp />
      </IconButton>
      <IconButton label={words.down(reason.name)} disabled={last} onClick={() => void move(all ?? [], reason, 1)}>
        <ArrowDown />
      </IconButton>
    </span>
  );
  const columns: readonly Column<Row>[] = [
    {
      id: "name",
      head: words.columns.name,
      cell: ({ reason }) => (
        <bdi className={reason.active ? "font-medium" : "font-medium text-text-3"}>{reason.name}</bdi>
      ),
    },
    {
      id: "key",
      head: words.columns.key,
      cell: ({ reason }) => <code className="truncate text-xs text-text-3">{reason.key}</code>,
      className: "w-[30%] @max-[560px]:hidden",
    },
    {
      id: "state",
      head: words.columns.state,
      cell: ({ reason }) => <State reason={reason} />,
      className: "w-[120px]",
    },
    { id: "order", head: words.columns.order, cell: order, className: "w-[96px]", end: true },
  ];
  const instead = query.isError ? (
    <Failed what={words.what} error={query.error} retry={() => void query.refetch()} />
  ) : rows?.length === 0 ? (
    <EmptyState icon={<ListChecks />} title={words.empty}>
      {words.emptyText}
    </EmptyState>
  ) : null;
  const reason = all?.find((r) => r.id === id);

  return (
    <>
      {!(phone && id) && (
        <section
          aria-label={words.what}
          data-region="list"
          tabIndex={-1}
          className="flex min-h-0 min-w-0 flex-1 flex-col outline-none"
        >
          <PageHead title={words.what} facts={all && words.facts(all.filter((r) => r.active).length)}>
            <HeadAction main icon={<Plus />} label={words.add} testId="new-reason" onClick={() => open(NEW)} />
          </PageHead>
          <p className="flex-none border-b border-line-subtle px-5 py-2.5 text-xs text-text-2 phone:px-4">
            {words.lead}
          </p>
          <DataTable
            ref={table}
            label={words.table}
            columns={columns}
            rows={rows}
            rowId={(row) => row.reason.id}
            instead={instead}
            current={id}
            onOpen={(row) => open(row.reason.id, id !== null)}
            phone={phone}
            card={(row) => (
              <div className="flex items-center gap-3">
                <bdi className="min-w-0 flex-1 truncate font-medium">{row.reason.name}</bdi>
                <State reason={row.reason} />
                {order(row)}
              </div>
            )}
          />
        </section>
      )}
      {id && (
        <Beside>
          {id === NEW ? (
            <ReasonPanel key={NEW} reason={null} onClose={close} onMade={(made) => open(made, true)} />
          ) : reason ? (
            <ReasonPanel key={id} reason={reason} onClose={close} onMade={() => {}} />
          ) : (
            !query.isPending && <GonePanel title={words.what} onClose={close} />
          )}
        </Beside>
      )}
    </>
  );
}

function State({ reason }: { reason: CloseReason }) {
  return (
    <Pill tone={reason.active ? "ok" : "neutral"} className="h-5! px-2! text-xs!">
      {reason.active ? words.on : words.off}
    </Pill>
  );
}

function ReasonPanel(props: { reason: CloseReason | null; onClose: () => void; onMade: (id: string) => void }) {
  const { reason, onClose } = props;
  const form = useForm({ name: reason?.name ?? "", active: reason?.active ?? true }, props.onMade);
  const { name, active } = form.value;
  const empty = name.trim() === "";
  const missing = form.tried && empty ? words.nameMissing : undefined;
  const save = async () => {
    if (reason) {
      const params = { path: { id: reason.id } };
      const change = { ...form.changes, ...(form.changes.name ? { name: name.trim() } : {}) };
      put(body<CloseReason>(await api.PATCH("/api/v1/close-reasons/{id}", { params, body: change })));
      form.reset();
      toast(words.saved);
    } else {
      const created = body<CloseReason>(await api.POST("/api/v1/close-reasons", { body: { name: name.trim() } }));
      put(created);
      toast(words.created(created.name));
      form.leave(created.id);
    }
  };
  const submit = () => void form.submit(empty, save);
  return (
    <FormPanel
      title={reason?.name ?? words.newTitle}
      testId="reason-panel"
      form={form}
      create={reason ? undefined : words.create}
      fields={FIELDS}
      onSave={submit}
      onClose={onClose}
    >
      <form
        className="contents"
        onSubmit={(event) => {
          event.preventDefault();
          if (form.dirty) submit();
        }}
      >
        <Input
          label={words.name}
          hint={words.nameHint}
          value={name}
          maxLength={60}
          dir="auto"
          autoComplete="off"
          data-testid="reason-name"
          error={missing ?? fieldProblem(form.error, "name")}
          onChange={(event) => form.set("name", event.target.value)}
        />
        {reason && (
          <>
            <Switch
              label={words.active}
              hint={words.activeHint}
              checked={active}
              onChange={(on) => form.set("active", on)}
            />
            <Input label={words.key} hint={words.keyHint} value={reason.key} readOnly />
          </>
        )}
      </form>
    </FormPanel>
  );
}
