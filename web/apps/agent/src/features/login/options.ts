import { body, type SignInOptions } from "@max/api";
import { queryOptions } from "@tanstack/react-query";
import { publicApi } from "../../app/services";
import { store, stored } from "../../lib/ui-state";

const KEY = "max.sign-in";

/** What it was at the last visit, so that the name of the company does not jump in. */
function remembered(): SignInOptions | undefined {
  try {
    const known: unknown = JSON.parse(stored(KEY) ?? "null");
    return known && typeof known === "object" && "company_name" in known ? (known as SignInOptions) : undefined;
  } catch {
    return undefined;
  }
}

/** Whose MAX this is, and whether it sends e-mail. */
export const signInOptions = queryOptions({
  queryKey: ["sign-in-options"],
  queryFn: async () => {
    const options = body<SignInOptions>(await publicApi.GET("/api/v1/auth/options"));
    store(KEY, JSON.stringify(options));
    return options;
  },
  placeholderData: remembered,
  staleTime: 60_000,
});
