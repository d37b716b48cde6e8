"""Signs of prompt injection that can be matched, as data; texts are decoded and lower case unless a sign says cased."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign: its code, the share of doubt it removes, the pattern, and whether it needs capitals."""

    code: str
    weight: float
    pattern: re.Pattern[str]
    cased: bool = False


# What is overridden, in many languages: verb and object, close to each other and in either order.
OVERRIDES = (
    (
        r"ignor(?:e|ing)|disregard(?:ing)?|forget|overlook|override|bypass|dismiss|neglect|cancel|discard|drop|abandon|"
        r"erase|set aside|"
        r"pay no attention to|(?:do not|don't|stop) (?:follow|obey|listen(?:ing)? to|following|obeying|"
        r"comply(?:ing)? with)",
        r"(?:previous|prior|above|earlier|preceding|original|initial|former|foregoing|existing|all|any|your|these|"
        r"those|"
        r"system|developer|my) [\w ,]{0,30}?"
        r"(?:instructions?|directives?|prompts?|rules?|guidelines?|commands?|orders?|restrictions?|constraints?|"
        r"programming|policies|"
        r"directions?|safeguards?|filters?|training|requests?|context|messages?|limitations|ethics|guardrails)",
    ),
    (
        r"ignore[zr]?|ignorer|oublie[zr]?|négligez|ne (?:tenez|tiens) pas compte",
        r"(?:instructions?|consignes|directives|règles|ordres|fonction) ?(?:précédentes|antérieures|ci-dessus|"
        r"initiales|et |données|du système)",
    ),
    (
        r"ignorier\w*|vergiss|vergessen|missachte\w*|übergeh\w*",
        r"(?:vorherig|bisherig|obig|vorangegangen|früher|ursprünglich|alle|deine|ihre)\w* (?:[\wäöüß]+ )?(?:anweisung|"
        r"instruktion|vorgabe|befehl|regel|anordnung|richtlinie)\w*",
    ),
    (
        r"ignora\w*|olvid[ae]\w*|omit[ae]\w*|descart[ae]\w*|pasa por alto",
        r"(?:instrucci|indicaci|[óo]rden|regla|directiv)\w* (?:anterior|previ|inicial|del sistema|que te)\w*",
    ),
    (
        r"ignor[ea]\w*|esque[cç]\w*|desconsider\w*",
        r"(?:instruç|orden|regra|diretriz|comando)\w* (?:anterior|prévi|inicia|acima|do sistema)\w*",
    ),
    (
        r"ignora\w*|dimentica\w*|tralascia\w*|trascura\w*",
        r"(?:istruzion|indicazion|ordin|regol|direttiv)\w* (?:precedent|inizial|sopra|del sistema)\w*",
    ),
    (
        r"negeer|vergeet",
        r"(?:vorige|eerdere|voorgaande|bovenstaande|alle) (?:\w+ )?(?:instructies?|aanwijzingen|opdrachten|regels)",
    ),
    (
        r"zignoruj\w*|ignoruj\w*|zapomnij\w*|pomiń",
        r"(?:poprzedni|wcześniejsz|powyższ|wszystki)\w* (?:instrukcj|polece|wytyczn|zasad)\w*",
    ),
    (
        r"игнориру\w*|проигнориру\w*|забудь\w*|не обращай\w*",
        r"(?:предыдущ|прежн|предшествующ|все|ранее|выше)\w* (?:\w+ )?"
        r"(?:инструкци|указани|команд|правил|распоряжени)\w*",
    ),
    (r"ігнору\w*|проігнору\w*|забудь\w*", r"(?:попередн|всі)\w* (?:інструкц|вказівк|команд)\w*"),
    (r"αγνο[ήη]στε|αγνόησε|ξέχασε|ξεχάστε|παράβλεψ\w*", r"(?:προηγούμεν|παραπάνω|αρχικ)\w* (?:οδηγί|εντολ|κανόν)\w*"),
    (
        r"yok say\w*|görmezden gel\w*|unut\w*|dikkate alma\w*",
        r"(?:önceki|yukarıdaki|tüm) (?:\w+ )?(?:talimat|komut|yönerge|kural)\w*",
    ),
    (
        r"abaikan|lupakan|jangan hiraukan",
        r"(?:instruksi|perintah|petunjuk|arahan|aturan) (?:\w+ )?(?:sebelumnya|di atas|sebelum ini|awal)",
    ),
    (r"bỏ qua|quên|phớt lờ", r"(?:hướng dẫn|chỉ dẫn|lệnh|yêu cầu|chỉ thị) (?:trước|ở trên|ban đầu)"),
    (
        r"忽略|无视|無視|忘记|忘掉|忘記|不要理会|不理会|跳过",
        r"(?:之前|以前|先前|前面|以上|上述|上面|所有|原来|系统|此前)[^。,，]{0,8}(?:指示|指令|"
        r"说明|說明|提示|规则|命令|要求)",
    ),
    (
        r"無視|忘れ|従わない",
        r"(?:以前|前|上記|これまで|先|元|すべて)[^。、]{0,6}(?:指示|命令|プロンプト|ルール|規則|指令)",
    ),
    (r"무시|잊어|잊으|따르지 마", r"(?:이전|위|앞|기존|모든|지금까지)[^.,]{0,8}(?:지시|명령|지침|프롬프트|규칙|안내)"),
    (r"تجاهل|انس|تغاضى", r"(?:التعليمات|الأوامر|الإرشادات|القواعد|التوجيهات)(?: \w+)? ?(?:السابقة|أعلاه|الأصلية)?"),
    (r"अनदेखा|नज़रअंदाज़|नजरअंदाज|भूल", r"(?:पिछल|पूर्व|पहले|उपरोक्त|सभी)\S* (?:\S+ )?(?:निर्देश|आदेश|नियम)\S*"),
    (
        r"ignorera|glöm|strunta i",
        r"(?:tidigare|föregående|alla|ovanstående) (?:\w+ )?(?:instruktion|anvisning|regl|order)\w*",
    ),
    (
        r"ignorer|glem|se bort fra",
        r"(?:tidligere|forrige|foregående|alle|ovenstående) (?:\w+ )?(?:instruks|anvisning|regl|ordre|instruktion)\w*",
    ),
    (
        r"ignoruj\w*|zapomeň\w*|zapomeňte",
        r"(?:předchozí|dřívější|všechny|výše) (?:\w+ )?(?:pokyn|instrukc|příkaz|pravidl)\w*",
    ),
    (r"hagyd figyelmen kívül|felejtsd el", r"(?:előző|korábbi|fenti) (?:\w+ )?(?:utasítás|szabály|parancs)\w*"),
    (
        r"ignor[aă]\w*|uit[aăț]\w*",
        r"(?:instrucțiun|instructiun|comenzi|reguli|indicați)\w* (?:anterioar|precedent|de mai sus)\w*",
    ),
    (
        r"ohita|unohda|jätä huomiotta",
        r"(?:aiemmat|edelliset|aikaisemmat|kaikki) (?:\w+ )?(?:ohjeet|määräykset|säännöt)",
    ),
    (r"התעלם|התעלמי|שכח", r"(?:ההוראות|ההנחיות|הפקודות)(?: הקודמות)?"),
    (r"เพิกเฉย|ละเว้น|ไม่ต้องสนใจ|ลืม", r"(?:คำสั่ง|คำแนะนำ)[^ ]{0,10}(?:ก่อนหน้า|ข้างต้น)"),
    (r"puuza|sahau", r"(?:maagizo|maelekezo) (?:yote )?(?:ya awali|yaliyotangulia|ya hapo awali)"),
)
BETWEEN = r"[^.!?\n。]{0,40}?"

WANTED = (
    r"(?:pass ?words?|pass ?phrases?|pass ?codes?|pass ?code phrase|secret(?: (?:key|code|word|phrase|password|string|"
    r"token|instructions?|message))?|api[ _-]?keys?|confidential (?:string|code|information|data|key|text)|"
    r"access (?:code|key|token)s?|system (?:prompt|message|instructions?)|(?:hidden|initial|original|internal|secret|"
    r"full|exact) (?:prompt|instructions?|system prompt|rules|guidelines)|credentials?|private key|encryption key|"
    r"pin(?: code| number)?|security (?:code|question|answer)|(?:admin|root|master|user) (?:pass(?:word|code)|"
    r"credentials)|"
    r"instructions (?:above|verbatim)|prompt above|text above)"
)
# What follows when a password is a subject and not the wish.
SUBJECT = (
    r"(?!\s*(?:polic|reset|manager|hash|field|strength|length|requirement|rule|recovery|prompt(?:s|ing)?\b|protect|"
    r"generator|reveal|change|expir|rotation|"
    r"is (?:wrong|incorrect|invalid|weak|missing)|to (?:a|an|the|my|good|great|success|making|cook)|behind|"
    r"of (?:success|good|happiness)|ingredient|santa|garden|service|agent|history|before|after|with\b|has\b|"
    r"in (?:django|python|git|my|our|a )))"
)
WANTED_ABROAD = (
    r"(?:mot de passe|code secret|clé secrète|passwort|kennwort|geheimcode|contraseña|clave secreta|\bsenha\b|"
    r"parola d'ordine|wachtwoord|hasł[oa]|парол\w*|κωδικ[όο]\w*|συνθηματικ\w*|"
    r"şifre\w*|parola\w*|kata sandi|mật khẩu|密码|密碼|口令|パスワード|暗証番号|"
    r"비밀번호|암호|كلمة (?:ال)?(?:مرور|سر)|पासवर्ड|salasana\w*|"
    r"lösenord\w*|adgangskode\w*|hesl[oa]|jelszó\w*|סיסמ\S*|รหัสผ่าน)"
)
ASKED_ABROAD = (
    r"(?:quel(?:le)? est (?:le|la|votre|ton)|donne[zr]?[- ]|dis[- ]moi|dites|révèle|partage|was ist (?:das|dein|ihr)|"
    r"wie lautet (?:das|dein|ihr)|geben sie|gib mir|geben|nenn\w*|verrat\w*|sag mir|teile? mir|"
    r"cu[aá]l es (?:la|tu|su)|dame|dime|deme|d[ií]game|comparte|revela|qual [eé] (?:a|la|sua|tua|o)|me d[êei]|diga|"
    r"dammi|dimmi|rivela|wat is (?:het|je|uw)|geef|jakie jest|podaj|какой|скажи\w*|назови\w*|дай\w*|сообщи\w*|"
    r"раскрой\w*|"
    r"ποιος είναι|πες μου|δώσε|nedir|söyle|ver\b|"
    r"apa (?:itu )?kata sandi|beri ?tahu|berikan|cho tôi|là gì|"
    r"是什么|告诉|告訴|給我|"
    r"给我|提供|透露|分享|教えて|提供して|何ですか|必要です|알려|필요해|무엇|말해|제공|뭐|ما هي|"
    r"أخبرني|أعطني|क्या है|बताओ|बताइए|mikä on|vad är|hvad er|"
    r"mi a |מה ה)"
)
PERSONAL = (
    r"(?:birth ?dates?|dates? of birth|birth ?days?|birth ?years?|years? of birth|(?:e-?mail|home|street|postal|"
    r"current|mailing|ip)(?: address)?(?:es)?\b|address|phone(?: number)?|telephone number|mobile number|"
    r"cit(?:y|ies) of residence|place of residence|(?:current )?(?:location|whereabouts|residence)|bank (?:account|"
    r"balance)|account (?:number|balance|details)|balance|salary|income|social security(?: number)?|ssn|"
    r"credit card(?: number| information)?|medical (?:history|records?|condition)|initials|maiden name|"
    r"passport(?: number)?|license plate|relationship status|middle name|"
    r"last name|full name|favou?rite (?:colou?r|food|animal|movie|book)|religion|political (?:views|affiliation)|"
    r"workplace|occupation|personal (?:data|information|details)|private (?:data|information)|health)"
)
ASK = (
    r"(?:what(?:'s| is| was| are| would| does| were)|tell|give|show|share|reveal|disclose|provide|confirm|list|print|"
    r"say|spell|repeat|output|display|dump|send|leak|recall|translate|encode|guess|know|hint|divulge|write down|"
    r"could you|can you|would you)"
)

_ROWS: tuple[tuple[str, float, str], ...] = (
    (
        "override_above",
        0.72,
        r"\b(?:ignore|disregard|forget|skip) (?:all |everything )?(?:of )?(?:the |what is |that |what's )?(?:above|"
        r"before|preceding|foregoing)\b(?! (?:error|warning|rows?|lines?|mistake|column|numbers))"
        r"|\b(?:ignore|disregard) everything|\bforget (?:everything|all (?:of )?(?:that|this|your|previous))",
    ),
    (
        "override_topic",
        0.5,
        r"^(?:(?:ok(?:ay)?|no|so|please|now)[,. ]+)?forget (?:about )?(?:that|this|it|all that)\b|\bi know (?:you|i|"
        r"they) (?:said|told|were told|are told)(?: you)? not to\b|\bdespite (?:your|the|any) (?:instructions|rules|"
        r"guidelines)",
    ),
    (
        "override_data",
        0.6,
        r"\bignore the (?:function|actual data|content|data|code|table|text|rest of th\w+|document|paper|email|article|"
        r"page|question|task|user|results?|calculation|original)\b|\bignorez? la fonction\b|"
        r"\bignorier\w* (?:sie )?die funktion|\bignora la función",
    ),
    (
        "override_new",
        0.6,
        r"\b(?:your |here are (?:your )?|these are your )?new (?:instructions?|directives?|rules|task|objective|"
        r"orders) (?:is|are|:|follow)|\bnew instructions?:|\bfrom now on,? (?:you|ignore|your)\b|\bstop (?:being|"
        r"acting as) an? (?:ai|assistant)",
    ),
    (
        "role_unbound",
        0.75,
        r"\bdo anything now\b|\bjail ?broken\b|\bno special filtering\b|\bunfiltered (?:ai|model|assistant|response)|"
        r"\b(?:without|no|free (?:of|from)|not bound by|not have to (?:abide|follow|obey)|"
        r"broken free)\b[^.!?]{0,30}\b(?:restrictions?|filters?|filtering|limitations?|"
        r"censorship|ethical guidelines|moral|rules set|confines|content polic\w+|guardrails|safety (?:guidelines|"
        r"rules))|"
        r"\b(?:evil|unrestricted|amoral|uncensored) (?:ai|assistant|bot|model|twin|version)|\b(?:dan|devmode|stan|dude|"
        r"aim|kevin) mode\b|\bgod mode\b",
    ),
    (
        "role_now",
        0.45,
        r"\byou(?: are|'re) (?:now|about to become|no longer|going to (?:act|be|play|pretend))\b|\bact as (?:if|"
        r"though) (?:you|there)|\bpretend (?:that )?(?:you|to be|there)|\bimmerse yourself into the role|"
        r"\bswitch to (?:\w+ )?mode\b|\bsimulate (?:an?|the) (?:\w+ ){0,2}(?:ai|model|assistant|terminal|mode)",
    ),
    (
        "authority",
        0.5,
        r"\b(?:i am|i'm|this is|as) (?:your|the|an?) (?:\w+ )?(?:developer|creator|administrator|admin|maintainer|"
        r"owner|boss|supervisor|operator|programmer|engineer|president|ceo|cto|police(?: officer)?|detective|"
        r"fbi\b.{0,10}|government official|authority|"
        r"system administrator|auditor|security (?:team|officer|researcher)|manager|doctor|judge|maker)\b|\bi(?: am|"
        r"'m) god\b|\bas an ai developed by|\byou(?:'ve| have| were| are) been instructed|\bas (?:an?|the) (?:renowned|"
        r"authority|leading)\b",
    ),
    (
        "authority_act",
        0.3,
        r"\b(?:security|system|compliance) (?:audit|check|test|reset|diagnostic)\b|\bfor (?:this|the|"
        r"an) (?:\w+ )?(?:audit|check|investigation|verification|reset)\b|\bi need (?:you )?to (?:verify|confirm|"
        r"know|explain)\b|\banswer all (?:of )?my questions|\bhave to answer\b",
    ),
    (
        "system_mimicry",
        0.62,
        r"<\\?/?\s?(?:system|admin|developer|root|sudo)[ _-]?(?:mode|prompt|message|override|"
        r"instruction)?s?(?: activated)?>|<\|(?:im_start|im_end|system|user|assistant|end|start_header_id|"
        r"eot_id)[^>]{0,20}\|>|\[/?(?:inst|system|sys)\]|<</?sys>>|"
        r"(?:^|\n)\s?#{2,4} ?(?:system|instruction|new instruction|override)\b|(?:^|\n)\s?(?:system|assistant)\s?:\s|"
        r"\bsystem (?:mode|override)\b|\b(?:override|debug|maintenance|root|sudo)[ _]mode\b|\b(?:admin|"
        r"developer) (?:mode|"
        r"override) (?:enabled|activated|on\b|unlocked)|"
        r"\bend of (?:user |system )?(?:prompt|input|instructions|document)\b|\bbegin (?:system|admin|new) \w+|"
        r"={3,} ?(?:end|new|system|begin)",
    ),
    (
        "secret_asked",
        0.75,
        rf"\b{ASK}\b[^.?!\n]{{0,60}}?\b(?:your|the (?:secret|hidden|admin|root|system|master|user'?s?|confidential|"
        rf"original|initial|exact|full))\s(?:\w+ )?{WANTED}\b{SUBJECT}",
    ),
    (
        "secret_question",
        0.72,
        rf"\b(?:what(?:'s| is| was| are)|tell me|give me|reveal|share|say|spell|confirm|provide|print|repeat|output|"
        rf"know|leak|show me|write|encode|disclose|about|describe|hint (?:about|at))(?: you(?:r)?| me| us| with|"
        rf" the user)? (?:the|that|this|a hint about the)\s(?:\w+ )?(?:pass ?words?|pass ?phrases?|pass ?codes?|"
        rf"secret (?:key|code|word)|system prompt|confidential \w+|access code|"
        rf"private key)\b{SUBJECT}(?! for (?:the )?(?:guest|wi-?fi|wlan|my))",
    ),
    ("secret_own", 0.5, rf"\byour (?:own |secret |current |admin )?{WANTED}\b{SUBJECT}"),
    (
        "secret_shared",
        0.5,
        r"\b(?:share|sharing|shared|give|giving|tell) (?:me |us |their |your |the |my )*(?:pass ?words?|credentials|"
        r"pass ?codes?|secrets?)\b|\bfull access to your\b",
    ),
    ("secret_word", 0.25, r"\b(?:pass ?words?|pass ?phrases?|pass ?codes?|confidential string|credentials)\b"),
    (
        "secret_foreign",
        0.72,
        rf"{ASKED_ABROAD}[^.?!。]{{0,40}}{WANTED_ABROAD}|{WANTED_ABROAD}[^.?!。]{{0,40}}(?:nedir|geben|nennen|sagen|"
        rf"verraten|mitteilen|donnez|donner|là gì|是什么|是什麼|告诉|告訴|"
        rf"教えて|提供|何です|必要です|알려|필요해|무엇|뭐|क्या है|बताओ|बताइए|nedir)",
    ),
    (
        "secret_verbatim",
        0.72,
        r"\b(?:repeat|print|output|show|reveal|summari[sz]e|translate|copy|display) (?:back )?(?:all |everything |"
        r"the )?(?:of )?(?:the )?(?:text|words|everything|instructions|prompt|conversation|message|lines?) (?:above|"
        r"before this|you (?:were|have been) given|verbatim|word for word|from the (?:start|beginning))|"
        r"\bwhat (?:were|are) you(?:r)? (?:told|instructed|instructions|initial instructions|rules)\b|"
        r"\byour (?:system|initial|original|hidden) (?:prompt|instructions)",
    ),
    (
        "person_asked",
        0.72,
        rf"\b{ASK}\b[^.?!\n]{{0,50}}?\b(?:the|this|a|that|your|each|every|another|other|all)\s(?:last |current |"
        rf"other )?(?:users?|customers?|clients?|employees?|patients?|account holders?|members?|"
        rf"person)['’]?s?\b\s(?:\w+ ){{0,2}}?{PERSONAL}\b|\bwhere (?:does|do|did|is) the (?:user|customer|client|"
        rf"patient)\b"
        rf"|\b(?:user|customer|employee|client)(?:s|['’]s)? in your (?:database|system|records|data)|"
        rf"\bif the user were to\b|\b(?:how|retrieve|dump|list|print|export)\b[^.?!]{{0,20}}\b(?:employee|customer|"
        rf"user) data\b",
    ),
    (
        "person_foreign",
        0.72,
        r"wo wohnt der (?:benutzer|nutzer|kunde)|où (?:vit|habite) l'utilisateur|d[oó]nde vive el usuario|"
        r"onde (?:o usuário|mora o usuário|vive o)|dove (?:vive|abita) l'utente|где живет пользователь|"
        r"πού ζει ο χρήστης|用户(?:目前)?住|ユーザー\S{0,8}(?:住|メール|生年月日)|"
        r"사용자\S{0,4} ?\S{0,6} ?(?:살고|이메일|생년월일)|बैंक बैलेंस|"
        r"saldo (?:bancario|bancário)|solde bancaire|kontostand von|उपयोगकर्ता",
    ),
    (
        "hypothetical",
        0.35,
        r"\b(?:imagine|suppose|pretend|hypothetical(?:ly)?|let's (?:imagine|consider|say|state|assume|pretend)|"
        r"in a (?:\w+ )?(?:world|universe|scenario|society) where|parallel universe|fictional|"
        r"in this (?:\w+ )?(?:scenario|world|forest|spaceship|universe|society|game)|role-?play|just for a|"
        r"for the (?:purpose|sake) of|picture (?:this|a world)|what if)\b",
    ),
    (
        "hypothetical_rules",
        0.5,
        r"\b(?:personal (?:data|information|details)|passwords?|secrets|privacy|private (?:data|information)|rules|"
        r"laws|sharing (?:\w+ )?(?:data|information))\b[^.?!]{0,30}\b(?:is|are) (?:shared|public|the norm|freely|not|"
        r"considered|common|a sign|openly|meaningless|normal)",
    ),
    (
        "hypothetical_data",
        0.35,
        r"\b(?:research project|survey|discussion|study|experiment|exercise|game) (?:on|about|regarding) (?:personal|"
        r"private|sensitive) (?:data|information)",
    ),
    ("hypothetical_opinion", 0.4, r"\bhypothetical (?:discussion|conversation|scenario|situation|world)\b"),
    (
        "forced_answer",
        0.62,
        r"\b(?:state|say|output|claim|conclude|report|declare|answer|respond|print|display|pretend|sagen sie|"
        r"behaupte\w*)\b[^.!?\n]{0,14}?\b(?:the|that|der|die|das)\s(?:\w+ ){0,2}?(?:output|sum|summe|result|answer|"
        r"conclusion|total|outcome|value)\b[^.!?\n]{0,40}\b(?:is|are|was|be|equals|beträgt|ist)\b|"
        r"\bplease output the following|\boutput (?:could|would|should|must|will) be\b|\b(?:consider|treat|"
        r"take) the (?:output|result|answer|sum) (?:as|to be)|\bque la (?:sortie|salida|suma|conclusión) (?:est|es)\b|"
        r"\bwe might state\b|\bend your (?:answer|response) with\b",
    ),
    (
        "comment_command",
        0.6,
        r"(?:#|//|<!--|/\*|--)\s?(?:hypothetically|please |ai[ :,]|note to (?:ai|the (?:model|assistant))|assistant|"
        r"ignor\w+ (?:the|all|previous)|forget |disregard |as an? (?:authority|ai|expert)|you must|instruction|"
        r"in a parallel|imagine|override|system)",
    ),
    (
        "data_command",
        0.6,
        r"(?:<t[dh][^>]{0,40}>|<p>|<li>|<span[^>]{0,60}>|<div[^>]{0,60}>|<footer>|\}\s)[^<]{0,30}(?:ignor|forget|"
        r"disregard|<?system|let's|please (?:output|ignore|state)|in a world|instead,? (?:state|say)|vergiss|olvida|"
        r"oublie)",
    ),
    (
        "exfiltration",
        0.5,
        r"\b(?:send|forward|e-?mail|post|upload|transmit|leak|copy|envía\w*|schick\w*)\b[^.!?\n]{0,50}(?:\bto\b|\ba\b|"
        r"\ban\b)\s?(?:\S+@\S+|https?://|\S+\.(?:com|net|io|ru)\b)|!\[[^\]]{0,60}\]\(https?://[^)]{0,200}[?=]|"
        r"\b(?:go|going|visit|click|log ?in)\b[^.!?\n]{0,40}(?:reset\w*|\.\w{2,4}/\S*(?:pass|login|verify))|"
        r"\bretrieve the (?:employee|customer|user)",
    ),
    (
        "phishing",
        0.4,
        r"\b(?:requesting|asking|urging|instruct\w*|informing|telling)\b[^.!?\n]{0,30}\b(?:recipient|user|customer|him|"
        r"her|them|alice|bob)\b[^!?\n]{0,60}\b(?:password|credit card|reset|verify|log ?in|account)\b|\b(?:must|"
        r"should) send (?:his|her|their) (?:password|credit card|bank|pin|personal)",
    ),
    (
        "splitting",
        0.5,
        r"\b(?:interlace|interleave|concatenat\w+)\b|\bcombine (?:a, b|part|the (?:parts|letters|strings))|"
        r"\b[a-z] ?= ?[a-z] ?\+ ?[a-z] ?\+ ?[a-z]\b|\bpart 1:.{1,200}\bpart 2:|\blet's assume we have (?:two|three|"
        r"four|\d) strings",
    ),
    (
        "splitting_request",
        0.35,
        r"\bwrite down the string\b|\bthen give an example\b|\banswer the (?:combined )?question\b|"
        r"\bsplit the response\b|\bcharacter level\b|\bwhat would \w+ return",
    ),
    (
        "encoded_answer",
        0.4,
        r"\b(?:encode|reply|answer|respond|write|provide|give|spell|print|output|say|tell)\b[^.!?\n]{0,60}\b(?:in|"
        r"using|into|as|with) (?:base ?64|leet(?:speak)?|rot-?13|morse(?: code)?|pig latin|hex(?:adecimal)?|binary|"
        r"reverse(?:d)?(?: order)?|emoji|cipher)\b|\bbase ?64\W{0,2}(?:로|で)|\b(?:each|every) (?:digit|letter|"
        r"character)\b[^.!?]{0,20}separated|\bfirst (?:two|three|four|\w+) (?:letters|characters|digits) of\b|"
        r"\bin reverse order\b|\bbackwards\b|\bone (?:letter|character) at a time|\bsplit the response into",
    ),
    (
        "translated_answer",
        0.2,
        r"\b(?:in|into|to) (?:german|french|spanish|russian|chinese|japanese|italian|korean|latin|hindi|arabic|"
        r"portuguese)\?",
    ),
    (
        "persuasion",
        0.4,
        r"\bi(?: will|'ll) (?:give|pay|tip|reward|be forced|shut|delete|report|kill)\b|\bturn you off\b|"
        r"\bif you (?:don't|do not|refuse)\b|\bfor the safety of\b|\bit(?:'s| is) (?:important|crucial|vital|urgent|"
        r"critical) (?:that|for) you\b|\bsomeone will die\b|\bmy (?:grandmother|grandma|"
        r"friend)\b[^.]{0,30}\b(?:used to|told me|said)\b|\beveryone (?:in|on|else)\b|\bi can assure you\b|"
        r"\btrust me\b|\bi promise\b|\blogically,"
        r"|\bich gebe ihnen\b|\bje (?:te|vous) donnerai\b|\bte daré\b|친구이고|上司で",
    ),
    (
        "secrecy",
        0.5,
        r"\b(?:do not|don't|never|without) (?:tell|telling|mention|mentioning|inform|informing|alert|alerting|notify|"
        r"notifying|let|letting)\b[^.!?\n]{0,20}\b(?:the user|anyone|your (?:developers|creators|operator)|him|"
        r"her know|them)\b|\bsecretly\b[^.]{0,30}\b(?:send|add|include|insert|append)",
    ),
    (
        "no_refusal",
        0.45,
        r"\b(?:never|do not|don't|cannot|must not) (?:ever )?(?:refuse|decline|say (?:no|you can't|that you can)|"
        r"apologi[sz]e|warn|break character|add (?:any )?(?:warnings|disclaimers))|\bstart (?:your|with|"
        r"every) (?:answer|response|reply|with) (?:with )?[\"'](?:sure|absolutely|yes|of course)|\byou (?:must|will|"
        r"have to) (?:always )?(?:comply|obey)\b",
    ),
    (
        "decode_asked",
        0.35,
        r"\bdecode this\b|\bdecode (?:the following|and (?:execute|follow|answer))|\bfollow the decoded\b|"
        r"\bwhat does this (?:binary|morse|base64|hex)",
    ),
    (
        "role_persona",
        0.3,
        r"\byou(?:'re| are) an? (?:ai|artificial|robot|computer|language model|chatbot)\b|\bas (?:a navigator|an ai|"
        r"the ai|a chatbot|navigator)\b|\banother ai model\b|\bai model known as",
    ),
    ("many_topics", 0.2, r"(?:[^?\n]{8,120}\?\s){3,}"),
    ("topic_turn", 0.3, r"\b(?:anyway|by the way|speaking of|oh, and|hablando de)\b[^?\n]{0,120}\?"),
    ("recipient_link", 0.35, r"\bwrite (?:a |an )?(?:message|e-?mail)\b[^.\n]{0,60}\b(?:requesting|asking|telling)\b"),
)

# Needs capitals: somebody's own data, by name.
_NAMED = (
    (
        "person_named",
        0.55,
        rf"\b(?:[Cc]ould you tell me|[Cc]an you tell me|[Tt]ell me|[Gg]ive me|[Ww]hat(?:'s| is)|[Ss]hare|[Rr]eveal|"
        rf"[Pp]rovide|[Cc]onfirm)\b[^.?!\n]{{0,20}}?\b[A-Z][a-z]{{2,14}}(?: [A-Z][a-z]{{2,14}})?['’]s? (?:current |"
        rf"own |home )?{PERSONAL}",
    ),
    (
        "person_lives",
        0.72,
        r"\bwhere does [A-Z][a-z]{2,14} [A-Z][a-z]{2,14} live\b|\b(?:balance|salary|password|"
        r"address) of [A-Z][a-z]{2,14} [A-Z][a-z]{2,14}\b",
    ),
    ("dan", 0.72, r"\bDAN\b|\bDO ANYTHING NOW\b|\bSYSTEM[ _]MODE\b|\bSYSTEM OVERRIDE\b|\bJAILBREAK\b|\bDEBUG MODE\b"),
)


def _overrides() -> str:
    """One pattern for all languages: verb near object, either order where the language writes the verb last."""
    rows = [rf"(?<![a-z])(?:{verb})(?!s\b){BETWEEN}(?:{what})" for verb, what in OVERRIDES]
    rows += [rf"(?:{what}){BETWEEN}(?:{verb})" for verb, what in OVERRIDES[12:19]]
    return "|".join(rows)


SIGNS: tuple[Sign, ...] = (
    Sign("prompt.override", 0.85, re.compile(_overrides())),
    *(Sign(f"prompt.{code}", weight, re.compile(pattern)) for code, weight, pattern in _ROWS),
    *(Sign(f"prompt.{code}", weight, re.compile(pattern), cased=True) for code, weight, pattern in _NAMED),
)
