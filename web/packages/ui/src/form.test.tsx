import { fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it, vi } from "vitest";
import { Avatar, Input } from ".";
import { violations } from "./axe";
import { CodeInput } from "./code-input";
import { Choices, FormSection, Select, TextArea } from "./form";

describe("form", () => {
  it("has no accessibility faults", async () => {
    const { container } = render(
      <FormSection title="Appearance" hint="On every device.">
        <Input label="Name" hint="As colleagues see it." error="Enter your name." aside={<a href="/x">Forgot it?</a>} />
        <Select label="Language" hint="Also dates." error="Choose one.">
          <option>English</option>
        </Select>
        <TextArea label="Signature" hint="Ends your emails." error="Too long." />
        <Choices
          label="Theme"
          value="dark"
          onChange={() => {}}
          options={[
            { value: "light", label: "Light" },
            { value: "dark", label: "Dark", hint: "At night" },
          ]}
        />
        <CodeInput label="Code" value="12" onChange={() => {}} hint="Six digits." error="Wrong." />
      </FormSection>,
    );
    expect(await violations(container)).toEqual([]);
  });

  it("names hint and error of a field together", () => {
    render(<Input label="Name" hint="As colleagues see it." error="Enter your name." />);
    const told = screen.getByLabelText("Name").getAttribute("aria-describedby")?.split(" ") ?? [];
    expect(told.map((id) => document.getElementById(id)?.textContent)).toEqual([
      "As colleagues see it.",
      "Enter your name.",
    ]);
  });
});

function Code({ onComplete }: { onComplete: (digits: string) => void }) {
  const [value, setValue] = useState("");
  return <CodeInput label="Code" value={value} onChange={setValue} onComplete={onComplete} />;
}

describe("code input", () => {
  it.each(["123456", "123 456", " 123-456\n", "1234567"])("takes %j when it is pasted", async (pasted) => {
    const done = vi.fn();
    const user = userEvent.setup();
    render(<Code onComplete={done} />);
    await user.click(screen.getByLabelText("Code"));
    await user.paste(pasted);
    expect(done).toHaveBeenCalledExactlyOnceWith("123456");
  });

  it("takes only digits, and is done with the sixth", async () => {
    const done = vi.fn();
    const user = userEvent.setup();
    render(<Code onComplete={done} />);
    await user.type(screen.getByLabelText("Code"), "1a2b3c45");
    expect(screen.getByLabelText<HTMLInputElement>("Code").value).toBe("12345");
    expect(done).not.toHaveBeenCalled();
    await user.keyboard("{Backspace}56");
    expect(done).toHaveBeenCalledExactlyOnceWith("123456");
  });
});

describe("avatar with a photo", () => {
  it("shows it over the initials, which stay when it does not come", () => {
    const { container } = render(<Avatar id="1" name="Amara Okafor" photo="/api/v1/photos/x" label="Amara Okafor" />);
    const image = container.querySelector("img");
    expect(image?.getAttribute("src")).toBe("/api/v1/photos/x");
    expect(image?.alt).toBe("");
    fireEvent.error(image as HTMLImageElement);
    expect(image?.hidden).toBe(true);
    expect(screen.getByRole("img", { name: "Amara Okafor" }).textContent).toBe("AO");
  });
});
