import { Logo, Tooltips } from "@max/ui";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useId } from "react";
import { s } from "../../strings";
import { LoginArt } from "./art";
import { signInOptions } from "./options";
import { StatusDot } from "./status";

/** What stands around every step of signing in: the mark, the state of MAX, the picture. */
export function LoginFrame(props: { page: string; title: ReactNode; lead?: ReactNode; children?: ReactNode }) {
  const { page } = props;
  const title = useId();
  useEffect(() => {
    document.title = s.title(page, 0);
  }, [page]);
  return (
    <div className="grid h-dvh grid-cols-1 bg-surface wide:grid-cols-[minmax(480px,44%)_1fr] wide:bg-canvas">
      <div className="flex min-h-0 flex-col overflow-y-auto bg-surface px-12 py-8 phone:px-6">
        <header className="flex items-center gap-2.5">
          <Logo />
          <span className="text-lg font-semibold">{s.product}</span>
        </header>
        <main aria-labelledby={title} className="m-auto flex w-full max-w-[368px] flex-col py-8">
          <h1 id={title} className="text-[26px] leading-[1.2] font-semibold tracking-[-0.025em] text-balance">
            {props.title}
          </h1>
          {props.lead && <p className="mt-1.5 text-md leading-[1.5] text-text-2">{props.lead}</p>}
          {props.children}
        </main>
        <StatusDot />
      </div>
      <LoginArt />
      <Tooltips />
    </div>
  );
}

/** The company's name; MAX's own until it is known. */
export function useCompany(): string {
  return useQuery(signInOptions).data?.company_name || s.product;
}
