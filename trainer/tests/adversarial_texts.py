"""Texts that tokenizers get wrong; the TypeScript tests read the same from adversarial_texts.json."""

import json
from pathlib import Path

TEXTS: list[str] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))

ENGLISH = (
    "Fellow-Citizens of the Senate and House of Representatives: I embrace with great satisfaction the opportunity "
    "which now presents itself of congratulating you on the present favorable prospects of our public affairs. "
    "It's 1790; we'll see what they've done, and I'd say that he's right. Don't pay 12345678 dollars!\n\n"
    "The recent accession of the important state of North Carolina to the Constitution of the United States...\r\n"
)

SPANISH = (
    "En un lugar de la Mancha, de cuyo nombre no quiero acordarme, no ha mucho tiempo que vivía un hidalgo de los de "
    "lanza en astillero, adarga antigua, rocín flaco y galgo corredor. ¿Qué señor? ¡El pingüino de Ñuñoa costó "
    "1.234.567,89 pesos en 2024!\n\n\tUna olla de algo más vaca que carnero, salpicón las más noches, duelos y "
    "quebrantos los sábados, lantejas los viernes, consumían las tres partes de su hacienda.\n"
)
