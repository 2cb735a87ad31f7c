import { cx } from "@max/ui";
import { Choices, FormSection } from "@max/ui/form";
import { choose } from "../../app/me";
import { useMe } from "../../app/services";
import { s } from "../../strings";
import { a } from "../../strings-account";
import { SettingsPage } from "./page";

const { appearance: words } = a;

/** Theme and density, on every device. */
export default function Appearance() {
  const me = useMe();
  return (
    <SettingsPage title={words.page} lead={words.lead}>
      <FormSection title={words.theme}>
        <Choices
          label={words.theme}
          hideLabel
          value={me.theme}
          onChange={(theme) => void choose({ theme })}
          options={[
            { value: "system", label: s.user.system, picture: <Both /> },
            { value: "light", label: s.user.light, picture: <Screen theme="light" /> },
            { value: "dark", label: s.user.dark, picture: <Screen theme="dark" /> },
          ]}
        />
      </FormSection>
      <FormSection title={words.density}>
        <Choices
          label={words.density}
          hideLabel
          value={me.density}
          onChange={(density) => void choose({ density })}
          options={[
            {
              value: "comfortable",
              label: words.comfortable,
              hint: words.comfortableHint,
              picture: <Rows lines={[0, 1, 2]} />,
            },
            { value: "compact", label: words.compact, hint: words.compactHint, picture: <Rows lines={[0, 1]} /> },
          ]}
        />
      </FormSection>
    </SettingsPage>
  );
}

/** A small screen in the theme, drawn with its own tokens. */
function Screen({ theme, className }: { theme: "light" | "dark"; className?: string }) {
  return (
    <span
      data-theme={theme}
      className={cx("flex h-[72px] gap-1.5 rounded-md border border-line bg-canvas p-1.5", className)}
    >
      <span className="flex w-1/3 flex-col gap-1 rounded-sm bg-surface p-1.5">
        <span className="h-1.5 rounded-full bg-press" />
        <span className="h-1.5 rounded-full bg-accent-tint-2" />
        <span className="h-1.5 w-2/3 rounded-full bg-press" />
      </span>
      <span className="flex flex-1 flex-col gap-1 rounded-sm bg-surface p-1.5">
        <span className="h-2.5 w-2/3 rounded-full bg-in-bg" />
        <span className="ms-auto h-2.5 w-2/3 rounded-full bg-out-bg" />
        <span className="mt-auto h-2 w-1/3 self-end rounded-full bg-accent" />
      </span>
    </span>
  );
}

function Both() {
  return (
    <span className="relative block">
      <Screen theme="light" />
      <Screen theme="dark" className="absolute inset-0 [clip-path:polygon(62%_0,100%_0,100%_100%,38%_100%)]" />
    </span>
  );
}

const PEOPLE = ["a", "b", "c"];

function Rows({ lines }: { lines: readonly number[] }) {
  return (
    <span className="flex h-[72px] flex-col overflow-hidden rounded-md border border-line bg-surface">
      {PEOPLE.map((person) => (
        <span key={person} className="flex flex-none gap-2 border-b border-line-subtle px-2 py-1.5">
          <span className="size-3.5 flex-none rounded-full bg-accent-tint-2" />
          <span className="flex flex-1 flex-col gap-1 pt-0.5">
            {lines.map((line) => (
              <span
                key={line}
                className={cx("h-1.5 rounded-full bg-press", line === 0 && "w-1/2", line === 2 && "w-1/3")}
              />
            ))}
          </span>
        </span>
      ))}
    </span>
  );
}
