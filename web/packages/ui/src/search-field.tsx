import { Search, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { cx } from "./cx";

/** Pauses in typing shorter than this start no search, in milliseconds. */
const PAUSE = 250;

/** Words to look for. Tells the caller after a pause in typing, at once with Enter or when emptied. */
export function SearchField(props: {
  label: string;
  placeholder: string;
  value: string;
  onChange: (value: string) => void;
  clear: string;
  className?: string;
}) {
  const { value } = props;
  // When the pause is over the caller may stand elsewhere than at the key press: with a row open, with another filter.
  const onChange = useRef(props.onChange);
  onChange.current = props.onChange;
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const told = useRef(value);
  // Changed from outside (Back, a cleared filter): show that. What we told ourselves does not disturb the typing.
  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    setText(value);
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);

  const tell = (next: string) => {
    clearTimeout(timer.current);
    const words = next.trim();
    if (words === told.current) return;
    told.current = words;
    onChange.current(words);
  };
  const type = (next: string) => {
    setText(next);
    clearTimeout(timer.current);
    if (next === "") tell("");
    else timer.current = setTimeout(() => tell(next), PAUSE);
  };
  return (
    <div
      className={cx(
        "flex h-8 items-center gap-2 rounded-md border border-line-control bg-surface ps-2.5 focus-within:border-focus focus-within:shadow-[0_0_0_3px_var(--accent-tint-2)] phone:h-11",
        props.className,
      )}
    >
      <Search className="size-3.5! text-text-3" />
      <input
        type="search"
        data-search
        aria-label={props.label}
        placeholder={props.placeholder}
        value={text}
        maxLength={200}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => type(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") tell(text);
          if (event.key === "Escape" && text !== "") {
            event.preventDefault();
            type("");
          }
        }}
        className="h-full min-w-0 flex-1 bg-transparent text-sm outline-none phone:text-lg [&::-webkit-search-cancel-button]:hidden"
      />
      {text !== "" && (
        <button
          type="button"
          aria-label={props.clear}
          onClick={() => type("")}
          className="grid size-7 flex-none place-items-center rounded-sm text-text-3 hover:text-text phone:size-10"
        >
          <X className="size-3.5!" />
        </button>
      )}
    </div>
  );
}
