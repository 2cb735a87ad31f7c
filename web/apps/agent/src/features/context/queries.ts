import {
  body,
  type Contact,
  type ContactActivity,
  type ContactAttribute,
  type ContactChange,
  type Page,
  type SharedContact,
  type TimelineEntry,
  type Visit,
} from "@max/api";
import { useQuery } from "@tanstack/react-query";
import { api, queryClient } from "../../app/services";
import { hearEvents, hearSignals } from "../../live/hear";
import { keys } from "../../live/keys";

const visitKey = (id: string) => ["visit", id] as const;
const contactKey = (id: string) => ["contact", id] as const;
const activityKey = (id: string) => ["contact-activity", id] as const;
export const attributesKey = ["contact-attributes"] as const;

/** A customer, as their page shows them. */
export const useContact = (id: string) =>
  useQuery({
    queryKey: contactKey(id),
    queryFn: async ({ signal }) =>
      body<Contact>(await api.GET("/api/v1/contacts/{id}", { params: { path: { id } }, signal })),
    // Their conversations change without an event of their own.
    staleTime: 30_000,
  });

/** What an admin wants to be kept of customers. */
export const useAttributes = () =>
  useQuery({
    queryKey: attributesKey,
    queryFn: async ({ signal }) =>
      body<{ items: ContactAttribute[] }>(await api.GET("/api/v1/contact-attributes", { signal })).items,
    staleTime: 60_000,
  });

/** What happened to the details of a customer, the last of it. */
export const useContactActivity = (id: string) =>
  useQuery({
    queryKey: activityKey(id),
    queryFn: async ({ signal }) =>
      body<Page<ContactActivity>>(
        await api.GET("/api/v1/contacts/{id}/activity", { params: { path: { id }, query: { limit: 50 } }, signal }),
      ).items,
    staleTime: 30_000,
  });

/** What the customer of a conversation does on the company's pages, where its channel `visits` them; the socket says what changes. */
export const useVisit = (conversationId: string, visits: boolean) =>
  useQuery({
    queryKey: visitKey(conversationId),
    queryFn: async ({ signal }) =>
      body<Visit>(
        await api.GET("/api/v1/conversations/{id}/visit", { params: { path: { id: conversationId } }, signal }),
      ),
    enabled: visits,
    staleTime: 30_000,
  });

/** What happened to a conversation, oldest first; events keep it right. */
export const useTimeline = (id: string) =>
  useQuery({
    queryKey: keys.timeline(id),
    queryFn: async ({ signal }) =>
      body<{ items: TimelineEntry[] }>(
        await api.GET("/api/v1/conversations/{id}/timeline", { params: { path: { id } }, signal }),
      ).items,
  });

const put = (contact: SharedContact & Partial<Contact>) => {
  queryClient.setQueryData<Contact>(contactKey(contact.id), (old) =>
    // An event goes to many, and may say less of their conversations than the reader may see.
    old ? { ...old, ...contact, conversations: contact.conversations ?? old.conversations } : old,
  );
};

/** Changes details of a customer; shown at once, taken back when the server does not take it. */
export async function saveContact(contact: Contact, change: ContactChange): Promise<void> {
  const attributes = Object.fromEntries(
    Object.entries({ ...contact.attributes, ...change.attributes }).filter(([, value]) => value !== null),
  ) as Contact["attributes"];
  put({ ...contact, ...change, email: change.email === undefined ? contact.email : change.email, attributes });
  try {
    put(body(await api.PATCH("/api/v1/contacts/{id}", { params: { path: { id: contact.id } }, body: change })));
  } catch (error) {
    put(contact);
    void queryClient.invalidateQueries({ queryKey: contactKey(contact.id) });
    throw error;
  }
}

/** Blocks a customer, or not any more. */
export async function setBlocked(contact: Contact, on: boolean, reason?: string): Promise<void> {
  const params = { path: { id: contact.id } };
  const result = on
    ? await api.POST("/api/v1/contacts/{id}/block", { params, body: reason ? { reason } : {} })
    : await api.POST("/api/v1/contacts/{id}/unblock", { params });
  put(body(result));
}

/** Makes what came of them while they were blocked count after all; answers how many messages that is. */
export async function bringBack(id: string): Promise<number> {
  const params = { path: { id } };
  const { messages } = body<{ messages: number }>(await api.POST("/api/v1/contacts/{id}/bring-back", { params }));
  void queryClient.invalidateQueries({ queryKey: contactKey(id) });
  return messages;
}

hearEvents((event) => {
  if (event.kind !== "contact.updated") return;
  put(event.data.contact);
  void queryClient.invalidateQueries({ queryKey: activityKey(event.data.contact.id) });
});

hearSignals((signal) => {
  if (signal.type !== "visit") return;
  const { conversation_id: id, visit } = signal as unknown as { conversation_id: string; visit: Visit };
  queryClient.setQueryData<Visit>(visitKey(id), (old) => (old ? visit : old));
});
