import { body } from "@max/api";
import { Button, FieldError, PickerButton, RadioCards, toast } from "@max/ui";
import { Dialog } from "@max/ui/dialog";
import { TextArea } from "@max/ui/form";
import { useQueries } from "@tanstack/react-query";
import { ChevronDown } from "lucide-react";
import { type FormEvent, useState } from "react";
import { colleagueOptions } from "../features/conversation/assign";
import { personOption, usePeople } from "../features/inbox/options";
import { useCountsQuery, useList } from "../features/inbox/queries";
import { queueQuery } from "../features/queue/queries";
import { rows } from "../live/pages";
import { usePresence } from "../live/presence";
import { w } from "../strings-work";
import { live } from "./live";
import { api, queryClient, useMe } from "./services";
import { errorText } from "./words";

const { handOver: words } = w;
/** So many of what will move are named. */
const NAMED = 5;

/** The end of a shift: all one's open conversations go to the queues or to a colleague, in one step. */
export function HandOverDialog({ onClose }: { onClose: () => void }) {
  const me = useMe();
  const counts = useCountsQuery().data;
  const mine = rows(useList({ view: "mine", teamId: null }).data);
  const n = counts ? counts.mine_open + counts.snoozed : mine.length;
  const there = usePresence((state) => state.people);
  const teams = useQueries({ queries: me.teams.map((team) => queueQuery(team.id)) });
  const people = usePeople().filter((person) => person.id !== me.id);
  const agents = new Map(teams.flatMap((team) => team.data?.agents ?? []).map((agent) => [agent.id, agent]));
  agents.delete(me.id);
  const options = agents.size > 0 ? colleagueOptions([...agents.values()], there) : people.map(personOption);
  const [to, setTo] = useState<"queue" | "colleague">("queue");
  const [heir, setHeir] = useState<string | null>(null);
  const [note, setNote] = useState("");
  const [fault, setFault] = useState<string>();
  const [busy, setBusy] = useState(false);
  const picked = options.find((option) => option.value === heir);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (to === "colleague" && !heir) return setFault(words.needColleague);
    setBusy(true);
    setFault(undefined);
    try {
      const result = await api.POST("/api/v1/me/hand-over", {
        body: { to: to === "queue" ? "queue" : (heir as string), ...(note.trim() ? { note: note.trim() } : {}) },
      });
      toast(words.moved(body<{ moved: number }>(result).moved));
      // Events say the same; without them the list would still be right.
      live().cache.recount();
      for (const team of me.teams) void queryClient.invalidateQueries({ queryKey: queueQuery(team.id).queryKey });
      onClose();
    } catch (error) {
      setFault(errorText(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={words.title} close={w.close}>
      <form onSubmit={submit} noValidate className="flex flex-col gap-4 p-4">
        <div>
          <p className="text-sm">{words.what(n)}</p>
          {mine.length > 0 && (
            <p className="mt-1 text-xs text-text-3" dir="auto">
              {mine
                .slice(0, NAMED)
                .map((c) => c.contact.name)
                .join(", ")}
              {n > NAMED && ` ${words.more(n - Math.min(NAMED, mine.length))}`}
            </p>
          )}
        </div>
        <RadioCards
          label={words.where}
          value={to}
          onChange={setTo}
          options={[
            { value: "queue", label: words.queue, hint: words.queueHint },
            { value: "colleague", label: words.colleague, hint: words.colleagueHint },
          ]}
        />
        {to === "colleague" && (
          <PickerButton
            label={picked?.label ?? words.choose}
            options={options}
            selected={heir ? [heir] : []}
            onPick={(option) => setHeir(option.value)}
            search={words.choose}
            empty={w.none}
            testId="hand-over-to"
            className="flex h-[42px] w-full min-w-0 flex-1 items-center gap-2 rounded-md border border-line-control bg-surface px-[11px] text-md hover:bg-hover phone:text-lg"
          >
            {picked?.mark}
            <span className="min-w-0 flex-1 truncate text-start">{picked?.label ?? words.choose}</span>
            <ChevronDown className="text-text-3" />
          </PickerButton>
        )}
        <TextArea
          label={words.note}
          hint={words.noteHint}
          rows={2}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
        <FieldError id="hand-over-error">{fault}</FieldError>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button type="submit" look="primary" busy={busy} disabled={n === 0} data-testid="hand-over-confirm">
            {words.go}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
