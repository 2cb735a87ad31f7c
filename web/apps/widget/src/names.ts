/** The few words a page needs before the chat is opened; all others come with the panel of the language. */
export interface Names {
  open: string;
  close: string;
  unread: string;
  team: string;
  file: string;
  trouble: string;
}

export const NAMES: Record<string, Names> = {
  en: {
    open: "Open chat",
    close: "Close chat",
    unread: "New messages: {n}",
    team: "Team",
    file: "File",
    trouble: "The chat cannot be reached right now. Please try again.",
  },
  es: {
    open: "Abrir el chat",
    close: "Cerrar el chat",
    unread: "Mensajes nuevos: {n}",
    team: "Equipo",
    file: "Archivo",
    trouble: "Ahora no se puede acceder al chat. Inténtalo de nuevo.",
  },
  pt: {
    open: "Abrir o chat",
    close: "Fechar o chat",
    unread: "Mensagens novas: {n}",
    team: "Equipe",
    file: "Arquivo",
    trouble: "O chat não está acessível no momento. Tente de novo.",
  },
  fr: {
    open: "Ouvrir le chat",
    close: "Fermer le chat",
    unread: "Nouveaux messages : {n}",
    team: "Équipe",
    file: "Fichier",
    trouble: "Le chat est inaccessible pour le moment. Veuillez réessayer.",
  },
  ar: {
    open: "فتح المحادثة",
    close: "إغلاق المحادثة",
    unread: "رسائل جديدة: {n}",
    team: "الفريق",
    file: "ملف",
    trouble: "لا يمكن الوصول إلى المحادثة الآن. يرجى المحاولة مرة أخرى.",
  },
};

/** The language of the widget's own words for a tag such as `pt-BR`; English where there are none. */
export function baseOf(tag: string): string {
  const base = tag.toLowerCase().split(/[-_]/)[0] ?? "";
  return Object.hasOwn(NAMES, base) ? base : "en";
}

/** Fills in the blanks of a text. */
export function fill(text: string, blanks: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (all, blank) => String(blanks[blank] ?? all));
}
