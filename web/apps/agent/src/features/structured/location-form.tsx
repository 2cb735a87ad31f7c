import type { Place, PlaceLimits } from "@max/api";
import { Input } from "@max/ui";
import { useState } from "react";
import { q } from "../../strings-structured";
import { LocationCard } from "../media/location";
import { Counted, FormEnd, type FormProps, useSending } from "./form";
import { degrees, spotIn } from "./place";
import { type Faults, length } from "./question";

const BOUNDS = { latitude: 90, longitude: 180 } as const;

/** A place: pasted from a map, or written. */
export function LocationForm({ limits, begin, ...props }: FormProps<Place> & { limits: PlaceLimits }) {
  const sending = useSending("location", props);
  const [pasted, setPasted] = useState("");
  const [place, setPlace] = useState(() => ({
    latitude: begin ? String(begin.latitude) : "",
    longitude: begin ? String(begin.longitude) : "",
    name: begin?.name ?? "",
    address: begin?.address ?? "",
  }));
  const set = (part: Partial<typeof place>) => {
    setPlace({ ...place, ...part });
    sending.changed();
  };
  const paste = (text: string) => {
    setPasted(text);
    const spot = spotIn(text);
    if (spot) set({ latitude: String(spot.latitude), longitude: String(spot.longitude) });
  };
  const [latitude, longitude] = [degrees(place.latitude, 90), degrees(place.longitude, 180)];
  const faults: Record<string, string> = {};
  for (const half of ["latitude", "longitude"] as const) {
    const text = place[half].trim();
    const number = degrees(text, Number.POSITIVE_INFINITY);
    if (!text) faults[`location.${half}`] = q.missing;
    else if (number === null) faults[`location.${half}`] = q.place.number;
    else if (Math.abs(number) > BOUNDS[half]) faults[`location.${half}`] = q.place.within(BOUNDS[half]);
  }
  for (const [field, most] of [
    ["name", limits.name_chars],
    ["address", limits.address_chars],
  ] as const) {
    const left = most - length(place[field]);
    if (left < 0) faults[`location.${field}`] = q.tooLong(-left);
  }
  const words = { name: place.name.trim() || null, address: place.address.trim() || null };
  const said = () => ({ location: { latitude: latitude ?? 0, longitude: longitude ?? 0, ...words } });
  const fault = (field: string) => sending.fault(faults as Faults, field);
  return (
    <form noValidate onSubmit={(event) => sending.submit(event, faults, said)} className="flex flex-col gap-4 p-4">
      <Input
        label={q.place.paste}
        hint={q.place.pasteHint}
        value={pasted}
        autoFocus
        autoComplete="off"
        data-testid="place-paste"
        error={pasted.trim() && !spotIn(pasted) ? q.place.pasteWrong : undefined}
        onChange={(event) => paste(event.target.value)}
      />
      <div className="grid grid-cols-2 gap-3 phone:grid-cols-1">
        {(["latitude", "longitude"] as const).map((half) => (
          <Input
            key={half}
            name={`location.${half}`}
            label={q.place[half]}
            value={place[half]}
            inputMode="text"
            autoComplete="off"
            error={fault(`location.${half}`)}
            onChange={(event) => set({ [half]: event.target.value })}
          />
        ))}
      </div>
      <Counted
        name="location.name"
        label={q.place.name}
        placeholder={q.optional}
        value={place.name}
        most={limits.name_chars}
        error={fault("location.name")}
        onChange={(name) => set({ name })}
      />
      <Counted
        name="location.address"
        label={q.place.address}
        placeholder={q.optional}
        value={place.address}
        most={limits.address_chars}
        error={fault("location.address")}
        onChange={(address) => set({ address })}
      />
      <FormEnd
        preview={<LocationCard latitude={latitude} longitude={longitude} {...words} />}
        sending={sending}
        shown={(field) => field in place || field.slice("location.".length) in place}
        onClose={props.onClose}
      />
    </form>
  );
}
