"""Whether a message asks something, by how it is written.

A question mark says so in any language. Without one, in English, German, French, Spanish and
Portuguese, it is told by how questions, requests and cries for help begin there. What is taken for
a question wrongly costs a look at the documents; what is missed costs a member an answer.
"""

import re

MARK = re.compile(r"[?？؟]")
# A question mark in there asks nothing.
ADDRESS = re.compile(r"https?://\S+")
SENTENCE_END = re.compile(r"(?<=[.:;!?…。！？])\s+|\n+")

# What may stand before a question in its sentence.
BEFORE = (
    r"(?:(?:hi|hello|hey|hallo|moin|servus|salut|bonjour|bonsoir|coucou|hola|buenas|ol[áa]|oi|"
    r"guten|good|morning|morgen|tag|abend|evening|there|all|everyone|everybody|guys|folks|"
    r"zusammen|leute|tout le monde|à tous|a todos|gente|pessoal|so|ok|okay|but|aber|mais|pero|mas|"
    r"and|und|et|y|e|also|please|pls|bitte|por favor)\b\W*)*"
)
# What only looks like it: "will do", "have a nice day", "what a relief", "is working now".
NOT = (
    r"(?!what\s+an?\b|how\s+(?:nice|cool|great|lovely|sweet)\b|(?:will|can|would)\s+do\b|"
    r"(?:have|had|has)\s+(?:an?|fun|to|been)\b|rendez-vous\b|(?:is|was|are|were|does|did)\s+"
    r"(?:now|fine|ok|okay|good|great|nice|working|fixed|done|also|already)\b)"
)
STATING = r"(?!heute|jetzt|seit|leute|dort|danke|sonst|selbst|zuerst|erst|damit|nicht)"
BEGINNINGS = (
    # English
    r"wh(?:at|ich|o|om|ose|en|ere|y)(?:['’]?s)?",
    r"how(?:['’]?s)?",
    r"(?:am|is|are|was|were|do|does|did|has|have|had|can|could)(?!['’])",
    r"(?:will|would|shall|should|may|might|must)(?!['’])",
    # Not "don't worry".
    r"\w+n['’]?t\s+(?:i|you|s?he|it|we|they|this|that|these|those|there|the|an?|any\w*|some\w*|my)",
    r"(?:any|some)(?:one|body)\s+(?:here\s+)?(?:knows?|has|have|can|could|got)",
    r"any\s+(?:ideas?|chance|way|tips|advice)",
    r"(?:tell|show|give|remind)\s+(?:me|us)|explain|describe|list|define|summari[sz]e",
    r"(?:i\s+|i['’]m\s+|i\s+am\s+|just\s+)?(?:wonder(?:ing)?|looking\s+for)",
    r"i(?:\s+would|['’]d)?\s+(?:want|wanted|need|like)\s+to\s+(?:know|ask|understand|see)",
    r"i\s+(?:don['’]?t|do\s+not)\s+(?:know|understand|see|get)\s+(?:how|wh\w+)",
    r"(?:the|what|how)\s+about|question\s*(?:[:-]|about)",
    # German
    r"wie(?:so|viele?)?|was|wer|wen|wem|wessen|wo(?:her|hin|f[üu]r|mit|durch|rauf|ran|von|zu)?",
    r"wann|warum|weshalb|welche[rsnm]?",
    r"kann|k[öo]nn(?:en|t|ten?)|darf|d[üu]rf(?:en|te)|muss|m[üu]ssen|soll(?:en|te)?",
    r"ist|sind|gibts?|hat|habt|haben|wird|werden",
    # A verb before who does it; not a word that begins a statement.
    rf"{STATING}\w{{2,}}(?:e|st|t|en)\s+(?:ich|du|ihr|wir|man|jemand)",
    r"wei(?:ß|ss)\s+(?:jemand|wer)|frage\s*[:-]",
    r"(?:erkl[äa]r|zeig|nenn|sag)e?\s+(?:mir|uns|mal|bitte)",
    r"ich\s+(?:suche|frage\s+mich|w[üu]sste|m[öo]chte\s+wissen|(?:wei(?:ß|ss)|verstehe)\s+nicht)",
    # French
    r"qui|que|quoi|qu['’]\w+|o[ùu]|quand|comment|pourquoi|combien|quel(?:le)?s?|lequel|laquelle",
    r"est-ce|y\s+a-t-il|\w+(?:-t)?-(?:je|tu|il|elle|on|nous|vous|ils|elles|ce)",
    r"(?:explique|montre|dis|dites)(?:z|r)?-(?:moi|nous)|quelqu['’]un",
    r"je\s+(?:cherche|voudrais|me\s+demande|ne\s+(?:sais|comprends|trouve))",
    # Spanish
    r"qu[ée]|qui[ée]n(?:es)?|c[óo]mo|cu[áa]ndo|d[óo]nde|ad[óo]nde|(?:por|para)\s+qu[ée]",
    r"cu[áa]l(?:es)?|cu[áa]nt[oa]s?|(?:se\s+)?puede[ns]?|puedo|podr[íi]a\w*|alguien|hay",
    r"expl[íi]ca\w*|mu[ée]stra\w*|dime|busco|quiero\s+saber|quisiera\s+saber|me\s+pregunto",
    r"no\s+(?:s[ée]|entiendo|encuentro)\s+\w+",
    # Portuguese
    r"quando|onde|quem|qual|quais|quantos?|quantas?|por\s?qu[eê]|o\s+que|posso|pode(?:m|mos)?",
    r"(?:d[áa]|tem)\s+(?:para|pra|como)|algu[ée]m|[ée]\s+poss[íi]vel|procuro|quero\s+saber",
    r"n[ãa]o\s+(?:sei|entendo|acho)\s+\w+",
    # A question that goes on: "and the music"
    r"(?<=and\s)the|(?<=und\s)(?:der|die|das)|(?<=et\s)l[ae]s?|(?<=y\s)(?:el|l[ao]s?)|(?<=e\s)[oa]s?",
    # A cry for help
    r"help|hilfe|aide[zr]?|au\s+secours|ayuda|socorro|ajuda",
)
BEGINNING = re.compile(rf"\W*{BEFORE}{NOT}(?:{'|'.join(BEGINNINGS)})\b", re.IGNORECASE)
# What doesn't work, and who needs help, wherever in a sentence that is said.
TROUBLE = re.compile(
    r"\b(?:not\s+working|(?:doesn|don|won|isn|didn|can)['’]?t\s+(?:work|start|open|load|connect|log|"
    r"find|install|run|launch|join|figure)\w*|(?:cannot|unable\s+to)\s+\w+|"
    r"needs?\s+(?:some\s+|a\s+little\s+)?help|brauche?\s+(?:\w+\s+)?hilfe|"
    r"(?:geht|funktioniert|klappt|l[äa]uft|startet)\s+(?:\w+\s+)?nicht|kann\s+(?:\w+\s+)?nicht|"
    r"besoin\s+d['’]aide|(?:marche|fonctionne|d[ée]marre|arrive)\s+(?:pas|plus)|"
    r"necesito\s+ayuda|no\s+(?:me\s+)?(?:funciona|arranca|abre|puedo)|"
    r"preciso\s+de\s+ajuda|n[ãa]o\s+(?:funciona|abre|inicia|consigo))\b",
    re.IGNORECASE,
)


def is_question(text: str) -> bool:
    """Whether a message asks something: one of its sentences does."""
    return any(map(asks, sentences(ADDRESS.sub(" ", text))))


def asks(sentence: str) -> bool:
    """Whether a sentence has a question mark, begins as questions do, or tells of trouble."""
    return any(form.search(sentence) for form in (MARK, TROUBLE)) or bool(BEGINNING.match(sentence))


def sentences(text: str) -> list[str]:
    """Return the sentences and lines of a text, as far as their ends are marked."""
    return [each for each in SENTENCE_END.split(text) if each.strip()]
