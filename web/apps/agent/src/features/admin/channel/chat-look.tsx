import { Input, Segmented, Switch } from "@max/ui";
import { TriangleAlert } from "lucide-react";
import { ch } from "../strings-chat";
import { accentSeen, accentWrong, type ChatForm } from "./chat-settings";
import type { ChannelForm } from "./frame";

type Look = Pick<ChatForm, "title" | "accent" | "position" | "branding">;

/** How the chat looks: its title, the one colour, and where on the page it is. */
export function LookFields({ value, set, problem }: ChannelForm<Look>) {
  const wrong = accentWrong(value.accent);
  return (
    <>
      <Input
        label={ch.look.name}
        hint={ch.look.nameHint}
        value={value.title}
        maxLength={80}
        dir="auto"
        autoComplete="off"
        error={problem("config.title")}
        onChange={(event) => set("title", event.target.value)}
      />
      <div className="flex flex-col gap-1.5">
        <Input
          label={ch.look.accent}
          hint={ch.look.accentHint}
          value={value.accent}
          maxLength={7}
          dir="ltr"
          autoComplete="off"
          spellCheck={false}
          error={wrong ?? problem("config.accent")}
          onChange={(event) => set("accent", event.target.value.trim())}
          after={
            <input
              type="color"
              aria-label={ch.look.accentPick}
              value={wrong ? "#000000" : value.accent.toLowerCase()}
              onChange={(event) => set("accent", event.target.value)}
              className="size-8 flex-none cursor-pointer rounded-sm border border-line-control bg-transparent p-0.5"
            />
          }
        />
        {!wrong && <AccentSeen accent={value.accent} />}
      </div>
      <Corner value={value.position} onChange={(position) => set("position", position)} />
      <Switch
        label={ch.look.branding}
        hint={ch.look.brandingHint}
        checked={value.branding}
        onChange={(on) => set("branding", on)}
      />
    </>
  );
}

/** What the colour means for those who read on it, and where it will hardly be found. */
function AccentSeen({ accent }: { accent: string }) {
  const { ink, ratio, pale } = accentSeen(accent);
  const name = ink === "#ffffff" ? ch.look.white : ch.look.black;
  return (
    <div role="status" className="flex flex-col gap-1 text-xs">
      <p className="num flex items-center gap-2 text-text-3">
        <span
          aria-hidden="true"
          style={{ background: accent, color: ink }}
          className="grid h-5 w-8 place-items-center rounded-xs text-2xs font-semibold"
        >
          Aa
        </span>
        {ch.look.seen(name, ratio.toFixed(1))}
      </p>
      {pale.includes("light") && (
        <p className="flex items-start gap-1 text-warn-text [&_.lucide]:mt-0.5 [&_.lucide]:size-3.5 [&_.lucide]:flex-none">
          <TriangleAlert />
          {ch.look.pale.light}
        </p>
      )}
      {/* Most companies' colours are dark; a ring around the launcher helps them there. */}
      {pale.includes("dark") && <p className="text-text-3">{ch.look.pale.dark}</p>}
    </div>
  );
}

function Corner(props: { value: Look["position"]; onChange: (value: Look["position"]) => void }) {
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1.5">
      <span aria-hidden="true" className="min-w-0 flex-1 font-medium">
        {ch.look.position}
      </span>
      <Segmented
        label={ch.look.position}
        value={props.value}
        options={[
          { value: "left", label: ch.look.left },
          { value: "right", label: ch.look.right },
        ]}
        onChange={props.onChange}
      />
    </div>
  );
}
