import { Button, Segmented } from "@max/ui";
import { Select } from "@max/ui/form";
import type { Preview, Scene } from "@max/widget/preview";
import { useEffect, useRef, useState } from "react";
import { media, useMedia } from "../../../lib/use-media";
import { ch } from "../strings-chat";
import { type ChatForm, languageName, megabytes } from "./chat-settings";

/** So that typing draws it once, not with every letter. Milliseconds. */
const REST = 150;

type Look = Pick<
  ChatForm,
  "title" | "accent" | "position" | "branding" | "languages" | "texts" | "prechat" | "upload" | "upload_max"
>;

/** The widget itself as visitors will see it, before anything is saved. Beside the form it is there; on a phone, once it is wanted. */
export function ChatPreview({ form }: { form: Look }) {
  const roomy = useMedia(media.roomy);
  const [wanted, setWanted] = useState(false);
  if (roomy || wanted) {
    return (
      <div className="flex flex-col gap-3">
        <Shown form={form} />
        {!roomy && (
          <Button size="sm" onClick={() => setWanted(false)} className="self-start">
            {ch.preview.hide}
          </Button>
        )}
      </div>
    );
  }
  return (
    <Button size="sm" data-testid="show-preview" onClick={() => setWanted(true)} className="self-start">
      {ch.preview.show}
    </Button>
  );
}

function Shown({ form }: { form: Look }) {
  const [scene, setScene] = useState<Scene>("first");
  const [online, setOnline] = useState(true);
  const [dark, setDark] = useState(false);
  const [chosen, setChosen] = useState("");
  const language = form.languages.includes(chosen) ? chosen : (form.languages[0] ?? "en");
  const shown = {
    scene,
    theme: dark ? ("dark" as const) : ("light" as const),
    config: {
      title: form.title,
      accent: form.accent,
      position: form.position,
      branding: form.branding,
      language,
      texts: form.texts[language] ?? {},
      prechat: { on: form.prechat.on, fields: [...form.prechat.fields] },
      upload: { on: form.upload, max_bytes: (megabytes(form.upload_max) ?? 10) << 20, mime_types: [] },
      online,
    },
  };
  return (
    <section aria-label={ch.preview.title} data-testid="preview" className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <Segmented
          label={ch.preview.scene}
          value={scene}
          options={(Object.keys(ch.preview.scenes) as Scene[]).map((one) => ({
            value: one,
            label: ch.preview.scenes[one],
          }))}
          onChange={setScene}
          className="*:whitespace-nowrap"
        />
        <Segmented
          label={ch.preview.there}
          value={online ? "on" : "off"}
          options={[
            { value: "on", label: ch.preview.online },
            { value: "off", label: ch.preview.away },
          ]}
          onChange={(next) => setOnline(next === "on")}
        />
        <Segmented
          label={ch.preview.theme}
          value={dark ? "dark" : "light"}
          options={[
            { value: "light", label: ch.preview.light },
            { value: "dark", label: ch.preview.dark },
          ]}
          onChange={(next) => setDark(next === "dark")}
        />
      </div>
      {form.languages.length > 1 && (
        <Select label={ch.texts.language} value={language} onChange={(event) => setChosen(event.target.value)}>
          {form.languages.map((one) => (
            <option key={one} value={one}>
              {languageName(one)}
            </option>
          ))}
        </Select>
      )}
      <Stage shown={shown} dark={dark} />
    </section>
  );
}

/** A piece of a page with the widget in its corner. It is to be looked at: nothing in it can be pressed or reached. */
function Stage({ shown, dark }: { shown: Parameters<Preview["show"]>[0]; dark: boolean }) {
  const place = useRef<HTMLDivElement>(null);
  const [preview, setPreview] = useState<Preview | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let made: Preview | undefined;
    let over = false;
    import("@max/widget/preview").then(
      (module) => {
        if (over || !place.current) return;
        made = new module.Preview(place.current);
        setPreview(made);
      },
      () => setFailed(true),
    );
    return () => {
      over = true;
      made?.end();
    };
  }, []);
  const now = JSON.stringify(shown);
  useEffect(() => {
    if (!preview) return;
    const timer = setTimeout(() => preview.show(JSON.parse(now)), REST);
    return () => clearTimeout(timer);
  }, [preview, now]);
  if (failed) return <p className="text-xs text-text-2">{ch.preview.failed}</p>;
  return (
    <div
      role="img"
      aria-label={ch.preview.label(shown.config.title)}
      className={`h-[580px] overflow-hidden rounded-lg border border-line ${dark ? "bg-[#0d0e12]" : "bg-white"}`}
    >
      <div
        ref={place}
        inert
        className="@container relative isolate size-full [contain:layout_paint] [&_max-chat-preview::part(panel)]:h-[460px] [@media(width>480px)]:[&_max-chat-preview::part(panel)]:w-[min(384px,calc(100cqw-32px))] [&_max-chat-preview]:[--max-chat-bottom:16px] [&_max-chat-preview]:[--max-chat-side:16px]"
      />
    </div>
  );
}
