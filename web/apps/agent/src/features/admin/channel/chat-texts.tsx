import { Button, FieldError, Segmented } from "@max/ui";
import { Select, TextArea } from "@max/ui/form";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ch } from "../strings-chat";
import { type ChatForm, isRtl, LANGUAGES, languageName, PLACES, type Place, withText } from "./chat-settings";
import type { ChannelForm } from "./frame";

/** What the widget says by itself, by language; five languages at once are too much for a page that is opened seldom. */
const useWidgetWords = () =>
  useQuery({
    queryKey: ["widget-words"],
    queryFn: async () => (await import("@max/widget/words")).WORDS,
    staleTime: Number.POSITIVE_INFINITY,
  }).data;

/** The languages of a chat, and what it says in each. */
export function TextFields({ value, set, problem }: ChannelForm<Pick<ChatForm, "languages" | "texts">>) {
  const { languages, texts } = value;
  const [chosen, setChosen] = useState(languages[0] ?? "en");
  const language = languages.includes(chosen) ? chosen : (languages[0] ?? "en");
  const words = useWidgetWords()?.[language.split("-")[0] ?? ""];
  const own: Partial<Record<Place, string>> = { welcome: words?.welcome ?? "", offline: words?.later ?? "" };
  const more = Object.keys(LANGUAGES).filter((one) => !languages.includes(one));
  const main = languages[0] === language;
  return (
    <>
      <p className="text-xs text-text-3">{ch.texts.hint}</p>
      {languages.length > 1 && (
        <Segmented
          label={ch.texts.language}
          value={language}
          options={languages.map((one) => ({ value: one, label: languageName(one) }))}
          onChange={setChosen}
          className="flex! h-auto! flex-wrap *:min-h-6 phone:*:min-h-10"
        />
      )}
      {PLACES.map((place) => (
        <TextArea
          key={place}
          label={ch.texts.places[place]}
          hint={ch.texts.hints[place]}
          rows={2}
          lang={language}
          dir={isRtl(language) ? "rtl" : "auto"}
          maxLength={1_000}
          placeholder={own[place]}
          value={texts[language]?.[place] ?? ""}
          onChange={(event) => set("texts", withText(texts, language, place, event.target.value))}
        />
      ))}
      <FieldError id="texts-error">{problem("config.texts") ?? problem("config.languages")}</FieldError>
      <p className="text-xs text-text-3">{main ? `${languageName(language)}: ${ch.texts.main.toLowerCase()}` : null}</p>
      {!main && (
        <div className="flex flex-wrap gap-2">
          <Button
            size="sm"
            data-testid="main-language"
            onClick={() => set("languages", [language, ...languages.filter((one) => one !== language)])}
          >
            {ch.texts.makeMain(languageName(language))}
          </Button>
          <Button
            size="sm"
            data-testid="remove-language"
            onClick={() =>
              set(
                "languages",
                languages.filter((one) => one !== language),
              )
            }
          >
            {ch.texts.remove(languageName(language))}
          </Button>
        </div>
      )}
      {more.length > 0 && (
        <Select
          label={ch.texts.add}
          value=""
          onChange={(event) => {
            set("languages", [...languages, event.target.value]);
            setChosen(event.target.value);
          }}
        >
          <option value="" disabled>
            {ch.texts.addFirst}
          </option>
          {more.map((one) => (
            <option key={one} value={one} lang={one}>
              {languageName(one)}
            </option>
          ))}
        </Select>
      )}
    </>
  );
}
