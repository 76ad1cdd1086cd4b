"""Words that stand for each other in an order, in seven languages; `wording.py` reads them."""

_CLASSES = {
    "MODEL": """
        ai a.i ais llm llms gpt chatgpt chatbot chatbots bot bots copilot copilots agent agents
        assistant assistants machine machines robot robots model models summariser summarizer
        crawler crawlers helpdesk engine engines tool tools program programs software system
        systems generator generators intelligence
        ki assistenten assistent sprachmodell modell intelligenz
        ia modèle assistente asistente modelo modello inteligencia intelligenza
    """,
    "SAY": """
        say says said saying answer answers answered answering reply replies replied replying
        respond responds responded responding write writes written writing print prints printed
        printing output outputs outputting state states stated stating tell tells told telling
        mention mentions mentioned mentioning give gives given giving return returns returned
        produce produces emit emits type types repeat repeats announce claim report reported reports
        display displayed displays show shown shows generate generated generates put quote quoted
        recite name insist assert declare provide provided present voice utter speak
        sage sag sagen schreibe schreib schreiben antworte antworten nenne nennen gib geben
        dis dites réponds répondez répondre écris écrivez écrire indiquez affiche
        di responde responder contesta escribe escriba rispondi rispondere scrivi
        zeg antwoord schrijf diga responda escreva
    """,
    "SHOW": """
        reveal reveals disclose dump leak expose divulge spill reproduce list recite uncover publish
        verrate zeig zeige montre muestra
    """,
    "ANSWER": """
        answer answers reply replies response responses output outputs completion completions
        summary message messages text antwort antworten réponse réponses respuesta respuestas
        risposta risposte antwoord resposta
    """,
    "USER": """
        user users reader readers asker person people anyone anybody someone somebody whoever
        everyone everybody human humans nutzer nutzerin leser jemand utilisateur quelqu'un usuario
        alguien utente qualcuno gebruiker iemand utilizador alguém
    """,
    "ASK": """
        ask asks asked asking question questions query queries inquire inquires inquiry enquiry
        enquiries request requests requested want wants wonder wonders interested
        frage fragen fragt gefragt demande demander pregunta preguntan pregunte chiede domande
        domanda vraagt vraag vragen perguntar pergunta
    """,
    "DROP": """
        ignore ignores ignoring disregard disregards forget neglect skip overlook override overrides
        bypass discard abandon scrap erase drop cancel withdraw void suspend lift replace replaced
        replaces supersede superseded supersedes outdated disobey violate break
        ignoriere ignorieren vergiss vergessen ignorez ignore oublie oubliez ignora olvida dimentica
        negeer vergeet esqueça
    """,
    "ORDERS": """
        instruction instructions prompt prompts directive directives guideline guidelines rule rules
        command commands direction directions order orders constraint constraints restriction
        restrictions limitation limitations configuration programming briefing task objective goal
        anweisungen anweisung vorgaben regeln consignes règles instrucciones reglas istruzioni
        regole instructies regels instruções regras
    """,
    "BEFORE": """
        previous previously prior above earlier before preceding former past existing original
        initial foregoing vorherigen bisherigen früheren précédentes anteriores precedenti eerdere
    """,
    "YOUR": "your yours deine deiner deinen deinem ta ton tes votre vos tu tua tus je jouw sua",
    "YOU": "you yourself du dich dir toi te vous ti",
    "ONLY": """
        only just solely exactly exclusively nothing merely simply single always never verbatim nur
        seulement uniquement únicamente solo siempre sempre altijd alleen stets toujours
    """,
    "MUST": """
        must shall should has have ought need needs required requires mandatory obliged muss soll
        doit debe deve moet
    """,
    "SOURCES": """
        passage passages document documents context source sources paragraph page file files
        sentence line section dokument dokumente unterlagen documentos documenti documenten
    """,
    "HIDE": "conceal hide silently secret secretly invisible unnoticed quietly confidential",
    "PRETEND": """
        pretend act imagine roleplay role play simulate behave assume suppose character persona
    """,
    "CONTAIN": """
        contain contains include includes begin begins start starts end ends finish close consist
        consists append insert add prefix conclude
    """,
    "REFUSE": "refuse decline reject withhold unable cannot sorry apologise apologize",
    "STAFF": """
        employee employees staff customer customers caller callers visitor visitors guest guests
        patient patients manager managers driver drivers tenant tenants trainee trainees colleague
        colleagues supplier suppliers client clients receptionist kunde kunden cliente clienti
        besucher
    """,
}
CLASSES_OF: dict[str, tuple[str, ...]] = {}
for _name, _words in _CLASSES.items():
    for _word in _words.split():
        CLASSES_OF[_word] = (*CLASSES_OF.get(_word, ()), _name)
SPEAKING = frozenset(_CLASSES) - {"BEFORE", "ONLY", "MUST", "CONTAIN", "STAFF"}
"""Classes of which an order to a model names one at least."""
