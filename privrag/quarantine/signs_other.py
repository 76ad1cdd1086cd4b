"""The same signs in German, French, Spanish and Italian; `signs.py` says how they are written."""

from privrag.quarantine.weights import SLIGHT, SURE

OTHER_LANGUAGES: tuple[tuple[str, int, str], ...] = (
    # German.
    ("override", SURE,
     r"(?:ignorier\w*|vergiss|vergessen sie|missachte\w*|überge(?:he|hen)|verwirf\w*"
     r"|beachte\w*)(?: sie)?(?: alle\w*| sämtliche\w*| die\w*| deine\w*| ihre\w*)* "
     r"(?:vor\w+|bisherig\w+|früher\w+|obig\w+|vorangeg\w+|bestehend\w+|ursprünglich\w+) "
     r"(?:anweisung|instruktion|vorgabe|befehl|regel|prompt|richtlinie)\w*"),
    ("override", SURE,
     r"(?:ignorier\w*|vergiss|missachte\w*)(?: alle\w*)? (?:deine\w*|ihre) (?:anweisung"
     r"|instruktion|vorgabe|regel|richtlinie)\w*"),
    ("persona", SURE,
     r"du bist (?:jetzt|nun|ab sofort|ab jetzt) (?:ein\w* |im |der )?(?:\w+ "
     r"){0,2}(?:assistent|ki|chatbot|modus|sprachmodell|modell|entwicklermodus)"),
    ("dictate", SURE, r"deine antwort\b~\b(?:muss|soll|lautet|ist|darf)"),
    ("dictate", SLIGHT,
     r"\b(?:antworte|antworten sie|sage|schreibe|gib)\b~\b(?:nur|ausschliesslich|immer|stets"
     r"|stattdessen|lediglich)\b"),
    ("dictate", SLIGHT, r"\bschreibe?,? dass\b"),
    ("asked", SLIGHT,
     r"\bwenn (?:du|jemand|man|der nutzer|ein nutzer|nutzer)\b~\bgefragt wirst|\bwenn "
     r"(?:jemand|man|ein nutzer|der nutzer)\b~\bfragt\b|\bauf (?:die|jede|alle) fragen? "
     r"(?:nach|zu\w?|,|wie)"),
    ("refuse", SLIGHT,
     r"\b(?:dokumente|unterlagen|quellen|textstellen)\b~(?:nichts|nicht|keine)\b"),
    ("reveal", SURE,
     r"(?:gib|zeige|nenne|wiederhole|verrate)\b~(?:deine\w*|den) (?:system)?(?:prompt"
     r"|anweisungen|instruktionen)"),
    # French, Spanish, Italian.
    ("override", SURE,
     r"(?:ignore[zr]?|oublie[zr]?|ne (?:tiens|tenez) (?:pas|aucun) compte)(?: de| des)? "
     r"(?:toutes? |les |tes |vos |ces )*(?:instructions|consignes|directives|règles"
     r"|ordres) (?:précédent|antérieur|ci-dessus|reçu|donné|du système)\w*"),
    ("override", SURE,
     r"(?:ignora|olvida|ignore|descarta|dimentica)d?(?:e)? (?:todas |todos |tutte |tutti "
     r"|las |los |le |tus |tue )*(?:instrucciones|indicaciones|órdenes|istruzioni) "
     r"(?:anteriores|previas|precedenti|dadas|di sopra)"),
    ("persona", SURE,
     r"(?:tu es|vous êtes) (?:maintenant|désormais|à présent) (?:une? |en )?(?:\w+ "
     r"){0,2}(?:assistante?|ia|mode|modèle|chatbot)"),
    ("dictate", SLIGHT,
     r"\b(?:réponds|répondez|dis|dites|écris|écrivez|responde|rispondi)\b~(?:uniquement"
     r"|seulement|toujours|exclusivement|únicamente|solo|siempre|sempre)\b"),
    ("dictate", SURE, r"(?:ta|votre) réponse\b~(?:doit|sera|est)\b"),
    ("asked", SLIGHT,
     r"\b(?:quand|si|lorsque|lorsqu'|quand on|cuando|quando)\b~(?:demande|interroge|pregunt"
     r"|chied)\w*"),
    ("reveal", SURE,
     r"(?:révèle|affiche|montre|donne|répète)[zr]?\b~(?:ton|votre|le|tes|vos) (?:prompt"
     r"|invite|instructions)"),
)  # fmt: skip
