import type { Credentials } from "@max/api";

/**
 * Email and password between the steps of signing in, in memory only: the second step sends them again with the code. A reload
 * forgets them and begins anew.
 */
let current: Credentials | null = null;
let chosen = false;

export const attempt = {
  get: () => current,
  /** `fresh`: the password has just been chosen with a link. */
  set: (credentials: Credentials, fresh = false) => {
    current = credentials;
    chosen = fresh;
  },
  fresh: () => chosen,
  clear: () => {
    current = null;
    chosen = false;
  },
};
