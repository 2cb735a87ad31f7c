import { ApiError, body, type Conversation, type HeldMessage, type Message, type TemplateVariables } from "@max/api";
import { Button, EmptyState, FieldError, Input, SearchField, Skeleton, toast } from "@max/ui";
import { Dialog } from "@max/ui/dialog";
import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, LayoutTemplate } from "lucide-react";
import { type FormEvent, useState } from "react";
import { live } from "../../app/live";
import { api, queryClient } from "../../app/services";
import { errorText } from "../../app/words";
import { hearEvents } from "../../live/hear";
import { x } from "../../strings-templates";
import { t } from "../../strings-thread";
import { slotOf } from "../attachments/store";
import { take } from "../attachments/upload";
import { FileList } from "../media/rich";
import { HeaderFile, useHeaderFile } from "./header-file";
import { type Blank, defaults, filled, parts, type Template, variables } from "./template";

// What the provider says of its templates shows where they are chosen from.
hearEvents((event) => {
  if (event.kind === "template.updated") void queryClient.invalidateQueries({ queryKey: ["templates"] });
});

/** What the template asks for: a reply that is still to be written down, or one that the closed window kept back (`message`). */
export interface Asks {
  reply?: { text: string; quote: string | null; seen: number | undefined; media: readonly string[] };
  message?: string;
  /** The customer has been asked, and the reply waits. */
  done?: () => void;
}

/** Sends an approved template: the way to reach a customer whose reply window has closed. */
export function TemplateDialog(props: {
  conversation: Pick<Conversation, "id" | "channel">;
  asks?: Asks | undefined;
  onClose: () => void;
}) {
  const { conversation: c, asks, onClose } = props;
  const [chosen, setChosen] = useState<Template | null>(null);
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={asks ? x.askTitle : x.title} close={x.close}>
      {chosen ? (
        <Fill
          key={chosen.id}
          conversation={c}
          template={chosen}
          asks={asks}
          onBack={() => setChosen(null)}
          onClose={onClose}
        />
      ) : (
        <Choose channelId={c.channel.id} lead={asks ? x.askLead : x.lead} onChosen={setChosen} />
      )}
    </Dialog>
  );
}

function Choose(props: { channelId: string; lead: string; onChosen: (template: Template) => void }) {
  const { channelId, onChosen } = props;
  const [q, setQ] = useState("");
  const templates = useQuery({
    queryKey: ["templates", channelId, q],
    queryFn: async ({ signal }) =>
      body<{ items: Template[] }>(
        await api.GET("/api/v1/templates", {
          params: { query: { channel_id: channelId, limit: 100, ...(q ? { q } : {}) } },
          signal,
        }),
      ).items,
    placeholderData: (before) => before,
  });
  const items = templates.data ?? [];
  return (
    <div className="flex flex-col gap-3 p-4">
      <p className="text-sm text-text-2">{props.lead}</p>
      <SearchField label={x.search} placeholder={x.searchHint} value={q} onChange={setQ} clear={x.clear} />
      {templates.isPending ? (
        <div role="status" aria-label={x.loading} className="flex flex-col gap-2">
          <Skeleton className="h-14" />
          <Skeleton className="h-14" />
        </div>
      ) : templates.isError ? (
        <div role="alert" className="flex items-center gap-3">
          <FieldError id="templates-failed">{`${x.failed}. ${errorText(templates.error)}`}</FieldError>
          <Button size="sm" onClick={() => void templates.refetch()}>
            {x.again}
          </Button>
        </div>
      ) : items.length === 0 ? (
        <EmptyState icon={<LayoutTemplate />} title={q ? x.noMatch : x.empty}>
          {q ? undefined : x.emptyText}
        </EmptyState>
      ) : (
        <ul aria-label={x.list} className="overflow-hidden rounded-[10px] border border-line">
          {items.map((template) => (
            <li key={template.id} className="border-line-subtle not-first:border-t">
              <button
                type="button"
                data-testid="template"
                onClick={() => onChosen(template)}
                className="flex w-full flex-col gap-0.5 px-3 py-2 text-start hover:bg-hover focus-visible:-outline-offset-2"
              >
                <span className="flex w-full items-center gap-2 text-sm font-medium">
                  <bdi className="min-w-0 flex-1 truncate">{template.name}</bdi>
                  <span className="flex-none text-xs font-normal text-text-3">
                    {x.category[template.category] ?? template.category} · {template.language}
                  </span>
                </span>
                <bdi className="line-clamp-2 text-xs text-text-2">{parts(template).body}</bdi>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Sends the template, and has the reply wait for what the customer writes. */
async function ask(
  id: string,
  clientId: string,
  template: { name: string; language: string; variables: TemplateVariables; media_id?: string },
  { reply, message, done }: Asks,
): Promise<void> {
  const { waiting, ...asking } = body<Message & { waiting: HeldMessage }>(
    message
      ? await api.POST("/api/v1/conversations/{id}/messages/{message_id}/rescue", {
          params: { path: { id, message_id: message } },
          body: { template },
        })
      : await api.POST("/api/v1/conversations/{id}/messages", {
          params: { path: { id } },
          body: {
            client_id: clientId,
            kind: "reply",
            ...(reply?.text || !reply?.media.length ? { text: reply?.text ?? "" } : {}),
            ...(reply?.media.length ? { media_ids: [...reply.media] } : {}),
            ...(reply?.quote ? { reply_to: reply.quote } : {}),
            ...(reply?.seen === undefined ? {} : { seen_seq: reply.seen }),
            ask_to_reopen: { template },
          },
        }),
  );
  const { cache } = live();
  cache.putMessage(asking as Message);
  cache.putHeld(waiting);
  done?.();
}

/** Why it was not taken: what is wrong with its fields, where the server says. */
function inWords(error: unknown): string {
  const fields = error instanceof ApiError ? error.fields.map(({ message }) => message) : [];
  return fields.join(" ") || errorText(error);
}

function Fill(props: {
  conversation: Pick<Conversation, "id" | "channel">;
  template: Template;
  asks: Asks | undefined;
  onBack: () => void;
  onClose: () => void;
}) {
  const { conversation: c, template, asks } = props;
  const shape = parts(template);
  const [values, setValues] = useState(() => defaults(template));
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  // The same for every try: a click that is repeated sends once.
  const [clientId] = useState(() => crypto.randomUUID());
  const { file, why } = useHeaderFile(c.id);
  const missing = (blank: Blank) => !values[blank.key]?.trim() && !(blank.file && file);
  const label = (blank: Blank) =>
    blank.part === "header"
      ? x.headerVariable
      : blank.part === "button"
        ? x.buttonVariable(blank.name)
        : x.variable(blank.name);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    setFault(null);
    if (shape.blanks.some(missing)) return;
    if (why) return setFault(why);
    setBusy(true);
    // The file counts, where there is one.
    const filledIn = variables(template, file ? { ...values, "header:file": "" } : values);
    try {
      const named = {
        name: template.name,
        language: template.language,
        variables: filledIn,
        ...(file?.media ? { media_id: file.media.id } : {}),
      };
      if (asks) await ask(c.id, clientId, named, asks);
      else {
        const path = { id: c.id };
        const said = { client_id: clientId, kind: "reply" as const, template: named };
        body<Message>(await api.POST("/api/v1/conversations/{id}/messages", { params: { path }, body: said }));
      }
      if (file) take(slotOf(c.id, "template"));
      toast(asks ? t.rescue.sent : x.sent);
      props.onClose();
      if (shape.blanks.length > 0) {
        // Kept for the next time; that it was sent matters more.
        const params = { path: { id: template.id } };
        await api.PUT("/api/v1/templates/{id}/defaults", { params, body: { variables: filledIn } }).catch(() => {});
        void queryClient.invalidateQueries({ queryKey: ["templates"] });
      }
    } catch (error) {
      setFault(inWords(error));
      setBusy(false);
    }
  };
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4 p-4">
      {shape.blanks.map((blank, index) => {
        const error = tried && missing(blank) ? x.missing : undefined;
        const set = (value: string) => setValues({ ...values, [blank.key]: value });
        return blank.file ? (
          <HeaderFile
            key={blank.key}
            conversationId={c.id}
            channelId={c.channel.id}
            kind={blank.file}
            address={values[blank.key] ?? ""}
            file={file}
            error={error}
            onAddress={set}
          />
        ) : (
          <Input
            key={blank.key}
            label={label(blank)}
            value={values[blank.key] ?? ""}
            autoFocus={index === 0}
            dir="auto"
            error={error}
            onChange={(event) => set(event.target.value)}
          />
        );
      })}
      <div className="flex flex-col gap-1.5">
        <span className="text-sm font-medium">{x.preview}</span>
        <div
          data-testid="template-preview"
          className="flex max-w-[420px] flex-col gap-1 rounded-lg bg-out-bg px-3 py-2 text-md whitespace-pre-wrap wrap-anywhere"
        >
          {file?.media && <FileList media={[file.media]} messageId={file.media.id} conversationId={c.id} />}
          {shape.header && <bdi className="block font-semibold">{filled(shape.header, "header", values)}</bdi>}
          <bdi className="block">{filled(shape.body, "body", values)}</bdi>
          {shape.footer && <bdi className="block text-xs text-text-3">{shape.footer}</bdi>}
          {shape.buttons.map((button) => (
            <bdi key={button} className="block border-t border-line pt-1 text-center text-sm font-medium text-text-2">
              {button}
            </bdi>
          ))}
        </div>
      </div>
      <div role="alert" className="empty:hidden">
        {fault && <FieldError id="template-fault">{fault}</FieldError>}
      </div>
      <div className="flex justify-between gap-2">
        <Button onClick={props.onBack}>
          <ChevronLeft className="rtl:-scale-x-100" />
          {x.back}
        </Button>
        <span className="flex gap-2">
          <Button onClick={props.onClose}>{x.cancel}</Button>
          <Button
            type="submit"
            look="primary"
            busy={busy}
            data-testid="template-send"
            autoFocus={shape.blanks.length === 0}
          >
            {asks ? x.ask : x.send}
          </Button>
        </span>
      </div>
    </form>
  );
}
