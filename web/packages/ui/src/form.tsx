import { ChevronDown } from "lucide-react";
import { type ComponentProps, type ReactNode, useId } from "react";
import { cx } from "./cx";
import { FieldError } from "./feedback";

type Native<Tag extends "input" | "select" | "textarea"> = Omit<ComponentProps<Tag>, "id">;

/** One of many, by the browser's own list. */
export function Select(
  props: Native<"select"> & { label: string; hint?: ReactNode; error?: string | undefined; children: ReactNode },
) {
  const { label, hint, error, className, children, ...rest } = props;
  const id = useId();
  return (
    <Field id={id} label={label} hint={hint} error={error} className={className}>
      {(told) => (
        <span className="relative flex">
          <select
            {...rest}
            {...told}
            id={id}
            className={cx(
              "h-[42px] w-full appearance-none truncate rounded-md border bg-surface ps-[11px] pe-9 text-md outline-none focus-visible:border-focus focus-visible:shadow-[0_0_0_3px_var(--accent-tint-2)] phone:text-lg",
              error ? "border-bad" : "border-line-control",
            )}
          >
            {children}
          </select>
          <ChevronDown className="pointer-events-none absolute end-3 top-[13px] text-text-3" />
        </span>
      )}
    </Field>
  );
}

/** Words of several lines. */
export function TextArea(props: Native<"textarea"> & { label: string; hint?: ReactNode; error?: string | undefined }) {
  const { label, hint, error, className, ...rest } = props;
  const id = useId();
  return (
    <Field id={id} label={label} hint={hint} error={error} className={className}>
      {(told) => (
        <textarea
          rows={4}
          dir="auto"
          {...rest}
          {...told}
          id={id}
          className={cx(
            "w-full resize-y rounded-md border bg-surface px-[11px] py-2.5 text-md leading-[1.45] outline-none focus-visible:border-focus focus-visible:shadow-[0_0_0_3px_var(--accent-tint-2)] phone:text-lg",
            error ? "border-bad" : "border-line-control",
          )}
        />
      )}
    </Field>
  );
}

function Field(props: {
  id: string;
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  className?: string | undefined;
  children: (told: { "aria-invalid"?: true; "aria-describedby"?: string }) => ReactNode;
}) {
  const { id, hint, error } = props;
  const told = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className={cx("flex flex-col gap-1.5", props.className)}>
      <label htmlFor={id} className="self-start text-sm font-medium">
        {props.label}
      </label>
      {props.children({
        ...(error ? { "aria-invalid": true } : {}),
        ...(told ? { "aria-describedby": told } : {}),
      })}
      {hint && (
        <p id={`${id}-hint`} className="text-xs text-text-3">
          {hint}
        </p>
      )}
      <FieldError id={`${id}-error`}>{error}</FieldError>
    </div>
  );
}

/** One of a few, each with a picture of what it does. */
export function Choices<T extends string>(props: {
  label: string;
  /** A heading says it already. */
  hideLabel?: boolean;
  value: T;
  onChange: (value: T) => void;
  options: readonly { value: T; label: string; hint?: string; picture?: ReactNode }[];
}) {
  const name = useId();
  return (
    <fieldset>
      <legend className={props.hideLabel ? "sr-only" : "mb-2 text-sm font-medium"}>{props.label}</legend>
      <div className="grid grid-cols-[repeat(auto-fit,minmax(140px,1fr))] gap-3">
        {props.options.map((option) => (
          <label
            key={option.value}
            className="group flex cursor-pointer flex-col gap-2.5 rounded-lg border border-line bg-surface p-3 transition-colors hover:bg-hover has-checked:border-accent has-checked:bg-accent-tint has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus"
          >
            {option.picture && <span aria-hidden="true">{option.picture}</span>}
            <span className="flex items-center gap-2 text-sm font-medium">
              <input
                type="radio"
                name={name}
                value={option.value}
                checked={props.value === option.value}
                onChange={() => props.onChange(option.value)}
                className="size-4 flex-none appearance-none rounded-full border border-line-control bg-surface outline-none checked:border-[5px] checked:border-accent"
              />
              {option.label}
            </span>
            {option.hint && <span className="text-xs text-text-3">{option.hint}</span>}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** A part of a settings page: what it is about, then its fields. */
export function FormSection(props: { title: string; hint?: ReactNode; children: ReactNode; className?: string }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={cx("border-b border-line-subtle py-6 last:border-0", props.className)}>
      <h2 id={id} className="text-md font-semibold">
        {props.title}
      </h2>
      {props.hint && <p className="mt-1 max-w-[60ch] text-sm text-text-2">{props.hint}</p>}
      <div className="mt-4 flex flex-col gap-4">{props.children}</div>
    </section>
  );
}
