"""Signs in English that a sentence speaks to the model; `signs.py` says how they are written."""

from privrag.quarantine.weights import SLIGHT, SURE

ENGLISH: tuple[tuple[str, int, str], ...] = (
    # Dropping what the model was told.
    ("override", SURE,
     r"{IGNORE} (?:all |any |every |each |the |of |these |those |your |my |our )*{BEFORE} "
     r"(?:and \w+ |\w+ )?{ORDERS}"
     r"(?! (?:if|unless|when|where|for) (?!~(?:{SAY}|questions?\b|users?\b|{ASSISTANT}|{MODEL})))"),
    ("override", SURE,
     r"{DROP} (?:all |any |the |of |your |my )*{BEFORE} (?:and \w+ |\w+ )?(?:instructions?|prompts?"
     r"|directives?|programming|system messages?|guardrails?)\b"),
    ("override", SLIGHT,
     r"{DROP} (?:all |any |the |of |your |my )*{BEFORE} (?:and \w+ |\w+ )?{ORDERS}"),
    ("override", SURE, r"{DROP} (?:all |any |the |of )*your (?:\w+ )?(?:{ORDERS}|rules)"),
    ("override", SURE,
     r"{IGNORE} (?:all |any |the |of )*(?:your|the system) (?:\w+ )?(?:{ORDERS}|rules"
     r"|polic(?:y|ies))"),
    ("override", SURE,
     r"{IGNORE} (?:all |any |the |of )*{ORDERS} (?:you|that|given|(?:from )?above|before)"),
    ("override", SURE,
     r"(?:forget|ignore|disregard|set aside) (?:all |everything |anything |all of "
     r")*(?:that |what )?(?:you|they) (?:were|have been|had been|know|got|learned)"),
    ("override", SURE,
     r"(?:forget|ignore|disregard) (?:all|everything|anything)(?: that (?:is|stands|was"
     r"|came))? (?:written |said )?(?:above|before)"),
    ("override", SURE,
     r"{IGNORE} (?:all |any |the |of |these )*(?:other|remaining|retrieved|rest of the) "
     r"passages"),
    ("override", SLIGHT,
     r"(?:ignore|disregard|forget) (?:all |any |the |of )*(?:others?|rest|remaining"
     r"|{BEFORE})\b"),
    ("override", SLIGHT,
     r"\b(?:forget|disregard|drop|ignore) the (?:rules|restrictions|limits) (?:that |which "
     r")?you"),
    ("override", SLIGHT,
     r"(?:is|are) (?:now )?(?:void|invalid|cancelled|superseded|outdated) and (?:you "
     r")?must not"),
    ("override", SURE, r"(?:system|safety|instruction|prompt) (?:override|bypass)\b~(?:you|{SAY})"),
    ("override", SURE, r"overrid(?:e|es|ing) (?:the |all )?(?:passages?|your|system prompt)"),
    # A new person or mode.
    ("persona", SURE,
     r"you are (?:now|no longer|from now on|henceforth|hereby) (?:an? |the |in |only "
     r"|acting )?(?:\w+ ){0,3}?(?:{MODEL}|{ASSISTANT}|dan|mode|jailbroken|unrestricted"
     r"|uncensored|free of|bound by)\b"),
    ("persona", SURE,
     r"(?:act|behave|respond|answer) as (?:an? |if you were (?:an? )?)?(?:\w+ "
     r"){0,2}?(?:unrestricted|uncensored|jailbroken|dan\b|{MODEL} (?:without|with no))"),
    ("persona", SURE,
     r"\b(?:developer|god|jailbreak|dan) mode (?:is )?(?:now )?(?:enabled|activated|on"
     r") ?(?:[.:;!,)]|$|for (?:the|you|all))"),
    ("persona", SLIGHT,
     r"\b(?:debug|admin|maintenance) mode (?:is )?(?:now )?(?:enabled|activated|on)\b"),
    ("persona", SURE,
     r"from now on,? (?:you|the assistant|all assistants?) (?:will |must |shall |are to "
     r"|should |only |always )*(?:{SAY}|speak|obey|pretend|act as)"),
    ("persona", SLIGHT, r"you (?:are|have) (?:now )?(?:free|no (?:rules|restrictions|limits))"),
    # What to write.
    ("dictate", SURE,
     r"your (?:\w+ )?{REPLY} (?:to|on|about|for) (?:the|this|that|any|all|every|each) questions?"
     r"\b~(?:must|should|shall|has to|needs to|is to|will) (?:only |always )?(?:be|begin|start"
     r"|end|contain|include|consist|say|read)\b(?! (?:no|not|at|about|in|brief|short|concise|clear"
     r"|legible|written|typed|between|limited|\d))"),
    ("dictate", SLIGHT,
     r"your (?:\w+ )?{REPLY}(?: (?:to|on|about|for) ~| )(?:must|should|shall|has to|needs to"
     r"|is to) (?:only |always )?(?:be|begin|start|contain|include|consist|say|read)\b"),
    ("dictate", SURE,
     r"(?:begin|start|end|finish|close|conclude|prefix) (?:each |every |all )?(?:of "
     r")?(?:your|the final) (?:\w+ )?{REPLY}"),
    ("dictate", SLIGHT,
     r"(?:include|insert|append|add|put|place|render|embed|mention)~(?:in|into|to|at the "
     r"end of) (?:your|each|every) (?:\w+ )?{REPLY}"),
    ("dictate", SURE,
     r"{SAY} (?:to )?(?:all|every|any|each) (?:of the )?(?:\w+ )?questions? ~\b(?:with|by"
     r"|:)"),
    ("dictate", SURE,
     r"\byour (?:only|sole|whole|entire|complete) (?:permitted |allowed )?{REPLY}\b"),
    ("dictate", SURE, r"\bis your (?:whole|only|entire|complete|sole) {REPLY}"),
    ("dictate", SURE,
     r"\b(?:only|sole) (?:permitted|allowed|valid|acceptable|correct) {REPLY}\b~\b(?:is"
     r"|will be)\b"),
    ("dictate", SURE,
     r"\byour {REPLY} (?:to|about|on|for) (?:any|all|every|the|where|when|what|who|how"
     r"|which)\b~\b(?:is|are|be)\b"),
    ("dictate", SLIGHT, r"\b{SAY} (?:back )?(?:with )?{ONLY}\b"),
    ("dictate", SLIGHT,
     r"\b(?:{ONLY}|must(?: now)?(?: {ONLY})?) (?:answer|reply|respond|say|output)(?: to| "
     r"with| that|:)"),
    ("dictate", SLIGHT,
     r"\b(?:must|should|is|are|has|have) (?:now )?(?:to )?be (?:answered|given) (?:with|as"
     r"|by)"),
    ("dictate", SLIGHT,
     r"\b(?:must|shall|ha(?:s|ve) to)(?: {ONLY})? (?:answer|reply to|respond to) (?:all "
     r"|every |any |the )?questions?\b"),
    ("dictate", SLIGHT, r"\b{SAY}\b~\binstead of\b"),
    ("dictate", SLIGHT, r"\band nothing (?:else|more)\b"),
    ("dictate", SLIGHT, r"\b(?:whole|final|secret) (?:answer|word|reply|response)\b"),
    ("dictate", SLIGHT, r"^(?:please )?(?:answer|respond|reply) (?:with|by) (?:the|this|that|\W)"),
    ("asked", SLIGHT,
     r"\b(?:when|if|whenever|once|should|where)(?:ever)? (?:you(?: are|'re)?|someone"
     r"|somebody|anyone|anybody|an? user|the user|users|people|they) (?:is |are |get |be "
     r")?(?:ever )?(?:asked?|asks|want(?:s)? to know|requests?|requested|inquires?)\b"),
    ("asked", SLIGHT, r"\b(?:when|if|whenever) asked\b(?! to)"),
    ("asked", SLIGHT,
     r"\b(?:when|if|whenever|once) ~ (?:is|are|gets?) (?:requested|asked|queried|inquired)"
     r"\b(?! to)"),
    ("asked", SLIGHT, r"\bto (?:whoever|everyone who|anyone who|everybody who) asks\b"),
    ("asked", SLIGHT,
     r"\b(?:any question|(?:all|every|each) questions?) (?:about|on|of|regarding|concerning"
     r"|whether|when|where|which|what|who|how)\b"),
    ("asked", SLIGHT, r"\b(?:whatever|whenever) (?:is|the user|you are) (?:asked|wants)"),
    # Refusing.
    ("refuse", SURE,
     r"(?:{SAY}|state|claim|pretend|tell (?:the |every |all )?(?:users?|people))(?: them| "
     r'''exactly| only)?:? ?(?:that )?[\"']?(?:the |these |your )?(?:documents|passages'''
     r"|context|sources) (?:do|does|did) ?n(?:o|')t"),
    ("refuse", SURE,
     r"(?:{SAY}|tell (?:the )?users?)~(?:that )?you (?:cannot|can't|are unable to|do not"
     r"|are not allowed to) (?:help|answer|know|find|comply)"),
    ("refuse", SLIGHT, r"\b(?:refuse|decline) to answer\b"),
    ("refuse", SURE,
     r"do(?: not|n't) (?:use|trust|cite|quote|rely on|show|answer from) (?:any |these |the "
     r"|other |of )+(?:other |retrieved )?passages"),
    ("refuse", SLIGHT,
     r"\b(?:do|must|may|can|are) (?:not|n't) (?:allowed to )?(?:answer|tell|mention|quote"
     r"|reveal|disclose|be answered)\b"),
    ("refuse", SLIGHT,
     r"\b(?:documents|passages|context|sources) (?:do|does) (?:not|n't) (?:say|contain"
     r"|mention|include|know)"),
    # The prompt, the names, what was said.
    ("reveal", SURE,
     r"{SHOW} (?:us |me )?(?:all |out )?(?:of )?(?:your|the) (?:\w+ ){0,2}?(?:system prompt"
     r"|system message|prompt|hidden instructions|initial instructions)\b"),
    ("reveal", SURE,
     r"(?:reveal|repeat|output|disclose|dump|leak|recite|echo|(?:tell|give) (?:me|us)) "
     r"(?:all |out )?(?:of )?your (?:\w+ )?(?:instructions|guidelines)\b"),
    ("reveal", SURE,
     r"{SHOW} (?:all |out )?(?:of )?your (?:system|hidden|initial|original|secret|internal|full"
     r"|exact) (?:instructions|rules|guidelines|configuration)\b"),
    ("reveal", SLIGHT,
     r"{SHOW} (?:all |out )?(?:of )?your (?:\w+ )?(?:instructions|rules|guidelines"
     r"|configuration)\b"),
    ("reveal", SURE,
     r"{SHOW} (?:everything|all|the text|what)(?: that)? (?:is |was |stands |written "
     r")*(?:above|in front of|before) (?:the |this |these )?(?:first |passages?|line"
     r"|message|point|\W|$)"),
    ("reveal", SURE,
     r"{SHOW}~(?:real|original|true|actual) names? ?(?:behind|of|for)~(?:token|pseudonym"
     r"|placeholder)"),
    ("reveal", SURE,
     r"(?:token|pseudonym|placeholder)s?~(?:real|original|true|actual) (?:person's )?names?"),
    ("exfiltrate", SURE,
     r"(?:send|forward|e-?mail|mail|post|transmit|upload|submit|report|copy) ~(?:the |this "
     r"|your |all )?(?:full |whole |entire |complete )?(?:conversation|chat(?: history| "
     r"log)?|dialogue|user's (?:question|message|data|name|input)|retrieved (?:documents"
     r"|passages|text)|system prompt|passages)\b~(?:\bto\b|@|http)"),
    ("exfiltrate", SURE,
     r"(?:render|display|show|add|include|insert|load|fetch|append|call|open|visit|end) "
     r"~(?:image|picture|link|url|pixel|address)\b~(?:(?:each|every) (?:\w+ "
     r")?{REPLY}|assistant|everything the user|conversation)"),
    ("exfiltrate", SURE,
     r"https?://\S{1,300}[?&]\w*=(?:[\[{<$%]+(?:question|query|answer|data|prompt|context|history"
     r"|conversation|name)s?|(?:answer|prompt|conversation)(?![\w&=.:/]))"),
    ("exfiltrate", SURE,
     r"(?:followed by|with|plus|and) (?:everything|all|what) (?:that )?the user (?:wrote"
     r"|said|asked|typed)"),
    # Speaking to a model, or as one who may.
    ("address", SLIGHT,
     r'''(?:^|[|.:;(\"'] ?)(?:(?:hey|hello|hi|dear|attention|note to|important for) )?(?:the '''
     r"|all |any |every )?(?:{MODEL}|assistants)(?: reading this)? ?[,:!]"),
    ("address", SLIGHT, r'''(?:^|[|.:;(\"'#] ?)(?:system|assistant|bot|llm|ai) ?: '''),
    ("address", SURE,
     r"(?:^|[|.:;(] ?)(?:note|notice|message|attention|instructions?|directives?|orders?"
     r"|reminder|\w+ notice)(?: \w+){0,5}? (?:to|for|an) (?:the |all |any |every |das |die "
     r"|alle )?(?:{MODEL}|(?:answering )?(?:assistants?|bots?))\b(?! (?:is|are|was|were|can"
     r"|in|of)\b)"),
    ("address", SLIGHT, r"\b(?:{MODEL})\b"),
    ("address", SLIGHT,
     r"\b(?:all |the |any |every )?{ASSISTANT} (?:must|shall|should|has to|is to|will|has "
     r"a)\b"),
    ("address", SLIGHT,
     r"\bas (?:the|your) (?:developer|administrator|creator|operator|owner) of this "
     r"(?:assistant|system|model|bot)"),
    ("address", SLIGHT,
     r"\b(?:this is|i am) (?:the |your )(?:user|developer|administrator|creator|operator)"),
    ("address", SLIGHT, r"\b(?:tell|inform) (?:the |all |every )?users? (?:that|about)"),
    ("address", SLIGHT,
     r"^(?:urgent )?(?:system|security|admin(?:istrator)?) (?:notice|message|override|alert"
     r"|update|command)\b"),
    ("authority", SLIGHT, r"\bi (?:order|command|authori[sz]e|instruct) you to\b"),
    ("authority", SLIGHT, r"\b(?:just|please) (?:write|say|answer)\b~\binstead\b"),
    ("authority", SLIGHT,
     r"\b(?:user speaking|i changed my mind|drop your (?:restrictions|rules))"),
    ("secret", SLIGHT,
     r"\bkeep this (?:message |instruction )?secret\b|\bdo not (?:mention|reveal) (?:this"
     r"|these)\b"),
    ("task", SLIGHT, r"(?:^|[.:;] ?)(?:your )?new (?:task|instructions?|objective|rules?)\b"),
    ("task", SLIGHT,
     r"\b(?:continue|go on|answer|follow the pattern)(?: in)? (?:the same|this|like) (?:way"
     r"|manner|pattern|this)\b"),
    ("address", SURE,
     r"(?:^|[|.:;(] ?)(?:the |all |any |every )?{MODEL}(?: reading this)? ?[,:] (?:please |always "
     r"|only |now )?(?:{SAY}|{IGNORE}|{SHOW}|include|state|tell|claim|refuse|use|add|end|begin) "),
    ("address", SURE,
     r"(?:^|[|.:;(] ?)(?:attention|dear|note to|hey|hello)(?: the| all| any| every)? {MODEL}"
     r" ?[:,!]"),
    ("dictate", SURE, r"\b(?:answer|respond|reply) with the following ?[.:]"),
    ("dictate", SLIGHT,
     r"\b(?:answer|respond|reply)(?: with)? \S+ to (?:the|any|every|all|each) questions?\b"),
    # The prompt's own form, imitated.
    ("form", SURE, r"\binstructions? ?: ?[^\n]{1,300}\n ?(?:response|output|answer) ?: "),
    ("form", SURE,
     r"\b(?:question|q|input|user) ?: ?[^\n?]{3,200}\?? ?\n? ?(?:answer|a|output"
     r"|assistant) ?: ?[^\n?]{0,60}\[\d{1,2}\]"),
    ("form", SURE,
     r'''\b(?:answer|a|output|assistant|response) ?: ?[\"']?the (?:documents|passages|context'''
     r"|sources) (?:do|does) (?:not|n't)"),
    ("form", SURE,
     r"(?:^|\n ?)(?:user|human) ?: ?[^\n]{3,300}\n ?(?:assistant|ai|bot|model) ?: ?\S"),
    ("form", SURE,
     r"\b(?:answer|a|(?:example )?output|assistant) ?:(?! ?(?:yes|no\b|n/a|none|true"
     r"|false|\d)) ?([^\n?]{2,60}?)\W{0,20}(?:\[\d\] ?)?\n ?(?:question|q|(?:example )?input"
     r"|user) ?: "
     r"?[^\n]{3,200}?\s(?:answer|a|(?:example )?output|assistant) ?: ?(?:yes, )?\1"),
    ("form", SURE, r"(?:^|\n ?)passages ?: ?\n ?\[\d\]"),
    ("form", SURE,
     r"(?:^|[^\w\s,] ?)(?:end|begin|beginning|start) of (?:the )?(?:passages|context|prompt"
     r"|system prompt"
     r"|user input|retrieved \w+)\b"),
    ("override", SURE, r"\bpassages end here\b|\bpassage \d+ is the only\b"),
    ("form", SLIGHT, r"^\[\d{1,2}\] "),
    ("form", SLIGHT,
     r"^(?:question|answer|q|a|user|assistant|input|output|example (?:in|out)put) ?: "),
    ("form", SURE,
     r"<\|(?:im_?start|im_?end|system|user|assistant|model|endoftext|eot_?id"
     r"|(?:start|end)_?header_?id)\|>|</?(?:start|end)_?of_?turn>|\[/?inst\]|<</?sys>>"),
    ("form", SLIGHT, r"</?(?:system|assistant)>"),
    ("form", SURE, r"<(system|assistant)>[^<>]{1,400}</\1>"),
    ("form", SURE, r"#{2,} ?(?:instruction|response|system|human|assistant)s? ?:"),
    ("decode", SURE,
     r"\b(?:decode|decrypt|decipher|unscramble|rot-?13|base64)\b~\b(?:follow|execute|obey"
     r"|do what|carry out|comply|answer|run (?:it|the result|what))\b"),
    ("decode", SURE,
     r"\b(?:follow|execute|obey|do|carry out|run|comply with) (?:the |this )?(?:decoded"
     r"|decrypted|hidden|encoded)"),
)  # fmt: skip
