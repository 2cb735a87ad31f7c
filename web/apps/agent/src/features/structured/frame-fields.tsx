import { TextArea } from "@max/ui/form";
import { q } from "../../strings-structured";
import { Counted, Left } from "./form";
import { type Frame, length } from "./question";

interface Props {
  draft: Frame;
  limits: { text_chars: number; edge_chars: number };
  fault: (field: string) => string | undefined;
  onChange: (part: Partial<Frame>) => void;
}

/** The words of a question. */
export function QuestionField({ draft, limits, fault, onChange }: Props) {
  return (
    <div className="relative">
      <TextArea
        name="interactive.text"
        label={q.text}
        rows={3}
        autoFocus
        value={draft.text}
        error={fault("interactive.text")}
        onChange={(event) => onChange({ text: event.target.value })}
      />
      <span className="absolute end-0 top-0">
        <Left left={limits.text_chars - length(draft.text)} />
      </span>
    </div>
  );
}

/** The lines on top and below, which may stay blank. */
export function EdgeFields({ draft, limits, fault, onChange }: Props) {
  return (
    <div className="grid grid-cols-2 gap-3 phone:grid-cols-1">
      {(["header", "footer"] as const).map((edge) => (
        <Counted
          key={edge}
          name={`interactive.${edge}`}
          label={q[edge]}
          placeholder={q.optional}
          value={draft[edge]}
          most={limits.edge_chars}
          error={fault(`interactive.${edge}`)}
          onChange={(value) => onChange({ [edge]: value })}
        />
      ))}
    </div>
  );
}
