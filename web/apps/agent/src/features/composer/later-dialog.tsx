import type { Conversation } from "@max/api";
import { Button } from "@max/ui";
import { Dialog } from "@max/ui/dialog";
import { Clock, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { useMe } from "../../app/services";
import { now } from "../../lib/clock";
import { atTime } from "../../lib/time";
import { w } from "../../strings-writing";
import { TimeField, timeProblem } from "./time-field";
import { presets, toField } from "./when";

/** Asks when a message is to go. */
export function LaterDialog(props: {
  conversation: Conversation;
  onClose: () => void;
  onChosen: (at: number) => void;
}) {
  const { conversation: c, onClose, onChosen } = props;
  const me = useMe();
  const [start] = useState(now);
  const offers = presets(start);
  const [text, setText] = useState(toField(offers.find(({ name }) => name === "tomorrow")?.at ?? start));
  const [at, setAt] = useState<number | null>(offers.find(({ name }) => name === "tomorrow")?.at ?? null);
  const [tried, setTried] = useState(false);
  const problem = timeProblem(at);
  const closes = c.channel.reply_window_seconds != null && c.window_expires_at ? Date.parse(c.window_expires_at) : null;
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={w.later.title} close={w.close}>
      <div className="flex flex-col gap-4 p-4">
        <ul className="overflow-hidden rounded-[10px] border border-line">
          {offers.map((offer) => (
            <li key={offer.name} className="border-line-subtle not-first:border-t">
              <button
                type="button"
                data-testid={`later-${offer.name}`}
                onClick={() => onChosen(offer.at)}
                className="flex min-h-10 w-full items-center gap-2.5 px-3 text-start text-sm hover:bg-hover focus-visible:-outline-offset-2 phone:min-h-12"
              >
                <Clock className="text-text-3" />
                <span className="min-w-0 flex-1">{w.later.presets[offer.name]}</span>
                <span className="num flex-none text-xs text-text-3">{atTime(offer.at)}</span>
              </button>
            </li>
          ))}
        </ul>
        <form
          className="flex flex-col gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            setTried(true);
            if (at !== null && !problem) onChosen(at);
          }}
        >
          <TimeField
            label={w.later.pick}
            value={text}
            error={tried ? problem : undefined}
            onChange={(next, moment) => {
              setText(next);
              setAt(moment);
            }}
          />
          {me.time_zone && <p className="-mt-1.5 text-xs text-text-3">{w.later.lead(me.time_zone)}</p>}
          {closes !== null && at !== null && at > closes && (
            <p role="status" className="flex items-start gap-1.5 text-xs text-warn-text [&_.lucide]:size-3.5">
              <TriangleAlert />
              {w.later.window(atTime(closes))}
            </p>
          )}
          <div className="flex justify-end gap-2">
            <Button onClick={onClose}>{w.cancel}</Button>
            <Button type="submit" look="primary" data-testid="schedule">
              {w.later.schedule}
            </Button>
          </div>
        </form>
      </div>
    </Dialog>
  );
}
