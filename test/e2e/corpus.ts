/** A small Spanish and English corpus, generated from a seed: enough text to train a tiny model on, always the same. */
export function corpus(documents: number): string {
  const random = generator(20);
  const pick = (words: readonly string[]) => words[Math.floor(random() * words.length)] ?? "";
  const lines = Array.from({ length: documents }, (_, index) => {
    const sentences = Array.from({ length: 12 }, () => {
      const [subject, verb, object, place] = [pick(SUBJECTS), pick(VERBS), pick(OBJECTS), pick(PLACES)];
      return `${subject} ${verb} ${object} ${place}${pick(ENDS)}`;
    });
    return JSON.stringify({ text: `Informe ${index}. ${sentences.join(" ")}`, número: index });
  });
  return `${lines.join("\n")}\n`;
}

const SUBJECTS = [
  "El técnico",
  "La señora Muñoz",
  "El niño",
  "Una usuaria de Bogotá",
  "El pingüino",
  "Nuestro equipo",
  "La compañía",
  "Vos mismo",
  "El señor Ibáñez",
];
const VERBS = ["revisó", "encontró", "no pudo abrir", "reinició", "pidió", "configuró", "descargó", "explicó", "rechazó", "envió"];
const OBJECTS = [
  "la contraseña",
  "el correo electrónico",
  "una computadora vieja",
  "el informe del año",
  "la conexión",
  "dos archivos dañados",
  "el teléfono",
  "su sesión",
];
const PLACES = [
  "en la oficina",
  "desde México",
  "por la mañana",
  "después del almuerzo",
  "con mucha paciencia",
  "sin éxito",
  "en Córdoba",
  "ayer a las nueve",
];
const ENDS = [".", ".", "!", ". ¿Y ahora qué?", ". ¡Qué bien!"];

/** Mulberry32: numbers in [0, 1). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
