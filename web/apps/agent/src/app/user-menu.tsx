import { Kbd, PresenceDot } from "@max/ui";
import { Menu, MenuChoice, MenuHead, MenuItem, MenuSeparator } from "@max/ui/menu";
import { useNavigate } from "@tanstack/react-router";
import { ArrowRightLeft, Keyboard, LogOut, Monitor, Moon, Settings, Sun } from "lucide-react";
import type { RefObject } from "react";
import { useUi } from "../lib/ui-state";
import { type Stand, setStand, useStand } from "../live/here";
import { s } from "../strings";
import { w } from "../strings-work";
import { choose } from "./me";
import { session, useMe } from "./services";

const STANDS: readonly Stand[] = ["online", "away", "busy"];

const THEMES = [
  { value: "system", label: s.user.system, icon: <Monitor />, testId: "theme-system" },
  { value: "light", label: s.user.light, icon: <Sun />, testId: "theme-light" },
  { value: "dark", label: s.user.dark, icon: <Moon />, testId: "theme-dark" },
] as const;

/** Theme, settings, shortcuts, signing out. */
export function UserMenu(props: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  anchor: RefObject<HTMLElement | null>;
  onHandOver: () => void;
}) {
  const me = useMe();
  const chosen = useStand((state) => state.chosen);
  const setHelp = useUi((ui) => ui.setHelp);
  const navigate = useNavigate();
  return (
    <Menu open={props.open} onOpenChange={props.onOpenChange} anchor={props.anchor} label={s.user.menu(me.name)}>
      <MenuHead>
        <p className="truncate text-sm font-medium">{me.name}</p>
        <p className="truncate text-xs text-text-3">{me.email}</p>
      </MenuHead>
      <MenuSeparator />
      <MenuChoice
        label={w.handOver.stand}
        value={chosen}
        onChange={setStand}
        options={STANDS.map((value) => ({
          value,
          label: w.presence[value],
          icon: (
            <span className="grid size-4 place-items-center">
              <PresenceDot state={value} label="" />
            </span>
          ),
          testId: `stand-${value}`,
        }))}
      />
      <MenuItem icon={<ArrowRightLeft />} testId="hand-over" onSelect={props.onHandOver}>
        {w.handOver.menu}
      </MenuItem>
      <MenuSeparator />
      <MenuChoice label={s.user.theme} value={me.theme} onChange={(theme) => void choose({ theme })} options={THEMES} />
      <MenuSeparator />
      <MenuItem
        icon={<Settings />}
        hint={
          <span className="flex gap-1">
            <Kbd>G</Kbd>
            <Kbd>S</Kbd>
          </span>
        }
        testId="open-settings"
        onSelect={() => void navigate({ to: "/settings/{-$page}", params: { page: undefined } })}
      >
        {s.user.settings}
      </MenuItem>
      <MenuItem icon={<Keyboard />} hint={<Kbd>?</Kbd>} onSelect={() => setHelp(true)}>
        {s.user.shortcuts}
      </MenuItem>
      <MenuItem icon={<LogOut />} testId="sign-out" onSelect={() => void session.logout()}>
        {s.user.signOut}
      </MenuItem>
    </Menu>
  );
}
