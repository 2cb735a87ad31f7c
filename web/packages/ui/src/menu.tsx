import { Check } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { ReactNode, RefObject } from "react";
import { cx } from "./cx";

const ITEM =
  "flex h-8 items-center gap-2.5 rounded-sm px-2 text-sm text-text outline-none select-none data-highlighted:bg-hover phone:h-11";

/** A menu hung on an element the caller draws. Load it on intent: it brings Radix along. */
export function Menu(props: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** The button that opens the menu; focus returns to it. */
  anchor: RefObject<HTMLElement | null>;
  label: string;
  side?: "top" | "bottom";
  align?: "start" | "end";
  children: ReactNode;
}) {
  return (
    <DropdownMenu.Root modal={false} open={props.open} onOpenChange={props.onOpenChange}>
      <DropdownMenu.Trigger asChild>
        <span aria-hidden="true" className="pointer-events-none absolute inset-0" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          side={props.side ?? "top"}
          align={props.align ?? "start"}
          sideOffset={6}
          collisionPadding={8}
          aria-label={props.label}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            props.anchor.current?.focus();
          }}
          className="z-(--z-popover) min-w-[220px] animate-pop rounded-lg border border-line bg-surface p-1 shadow-3"
        >
          {props.children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

export function MenuItem(props: {
  icon?: ReactNode;
  hint?: ReactNode;
  testId?: string;
  /** It destroys something. */
  danger?: boolean;
  onSelect: () => void;
  children: ReactNode;
}) {
  return (
    <DropdownMenu.Item
      className={cx(ITEM, props.danger && "text-bad-text!")}
      data-testid={props.testId}
      onSelect={props.onSelect}
    >
      {props.icon && <span className={props.danger ? "" : "text-text-2"}>{props.icon}</span>}
      <span className="flex-1">{props.children}</span>
      {props.hint}
    </DropdownMenu.Item>
  );
}

/** One of several, with a check at the chosen one. Choosing keeps the menu open. */
export function MenuChoice<T extends string>(props: {
  label: string;
  value: T;
  onChange: (value: T) => void;
  options: readonly { value: T; label: string; icon?: ReactNode; hint?: ReactNode; testId?: string }[];
  /** Choosing closes the menu. */
  once?: boolean;
}) {
  return (
    <DropdownMenu.RadioGroup value={props.value} onValueChange={(value) => props.onChange(value as T)}>
      <DropdownMenu.Label className="px-2 pt-1.5 pb-1 text-2xs font-medium text-text-3">
        {props.label}
      </DropdownMenu.Label>
      {props.options.map((option) => (
        <DropdownMenu.RadioItem
          key={option.value}
          value={option.value}
          data-testid={option.testId}
          className={ITEM}
          onSelect={(event) => !props.once && event.preventDefault()}
        >
          {option.icon && <span className="text-text-2">{option.icon}</span>}
          <span className="flex-1">{option.label}</span>
          {option.hint}
          <DropdownMenu.ItemIndicator>
            <Check className="text-accent-text" />
          </DropdownMenu.ItemIndicator>
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}

export function MenuSeparator() {
  return <DropdownMenu.Separator className="my-1 h-px bg-line-subtle" />;
}

/** Words at the head of a menu: who or what it is about. */
export function MenuHead({ children }: { children: ReactNode }) {
  return <div className="px-2 py-1.5">{children}</div>;
}
