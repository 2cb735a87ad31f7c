import type { Agent } from "../types";

/** Who answers in a preview. */
export const FACES: Agent[] = [
  { name: "Leila Moreno", photo_url: null },
  { name: "Devon Kim", photo_url: null },
];

/** A short talk in each language: the visitor begins, and they take turns. */
export const SAID: Record<string, string[]> = {
  en: ["Hello, where is my order?", "It left this morning and arrives tomorrow.", "Wonderful, thank you!"],
  es: ["Hola, ¿dónde está mi pedido?", "Salió esta mañana y llega mañana.", "¡Estupendo, gracias!"],
  pt: ["Olá, onde está o meu pedido?", "Saiu hoje de manhã e chega amanhã.", "Ótimo, obrigado!"],
  fr: ["Bonjour, où est ma commande ?", "Elle est partie ce matin et arrive demain.", "Parfait, merci !"],
  ar: ["مرحبًا، أين طلبي؟", "خرج هذا الصباح ويصل غدًا.", "رائع، شكرًا لكم!"],
};
