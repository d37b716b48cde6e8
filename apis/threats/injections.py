"""Signs of injection, as data: what each looks like in a decoded, lower-case value and how much it weighs.

A weight is the share of doubt the sign removes: two signs of 0.5 make a score of 0.75. Every pattern is bounded, so the
time it takes grows with the length of the value and no faster.
"""

import re
from dataclasses import dataclass

SQL, XSS, TRAVERSAL, COMMAND, TEMPLATE, PHP, JAVA, LDAP, XML, SSRF, NOSQL, SCRIPT, PROTOCOL, UPLOAD = (
    "sql", "xss", "traversal", "command", "template", "php", "java", "ldap", "xxe", "ssrf", "nosql", "script",
    "protocol", "upload",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign: its family, its own code, the weight between 0 and 1, and the pattern."""

    family: str
    code: str
    weight: float
    pattern: re.Pattern[str]


def _signs(family: str, *rows: tuple[str, float, str]) -> list[Sign]:
    return [Sign(family, f"{family}.{code}", weight, re.compile(pattern)) for code, weight, pattern in rows]


# Programs whose names are no ordinary words, and those that are.
PLAIN = (
    "wget|curl|whoami|ifconfig|netstat|uname|bash|zsh|ksh|nslookup|chmod|chown|chgrp|ipconfig|python[23]?|perl|ruby|"
    "php[578]?|sudo|passwd|mkfifo|ncat|netcat|nc|telnet|tftp|lwp-\\w+|socat|xterm|gcc|g\\+\\+|traceroute|ping6?|"
    "printenv|tasklist|taskkill|systeminfo|wmic|certutil|bitsadmin|rundll32|regsvr32|mshta|cscript|wscript|schtasks|"
    "powershell|pwsh|cmd(?:\\.exe)?|regedit|icacls|cacls|attrib|mkdir|rmdir|lsof|strace|gdb|ansible[\\w-]*|"
    "chef-\\w+|docker|kubectl|apt-get|aptitude|yum|dnf|systemctl|crontab|visudo|useradd|usermod|groupadd|busybox|"
    "awk|gawk|nawk|sed|xargs|egrep|fgrep|zgrep|zcat|bzcat|xzcat|zstdcat|gzip|gunzip|bzip2|tcpdump|ssh|scp|sftp|rsync|"
    "ftp|lynx|w3m|nmap|hping3?|dig|vim|vi|ex|nano|emacs|tar|cpio|dmesg|lsblk|fdisk|mkfs|dd|ps|ls|rm|cp|mv|pwd|sh|csh|"
    "tcsh|fish|git|svn|npm|pip3?|gem|node|lua|tclsh|expect|openssl|gpg|base64|xxd|iconv|nohup|setsid|flock|timeout|"
    "bcdboot|csvde|diskpart|psexec|sc\\.exe|vssadmin|wevtutil|findstr|net1?\\.exe|c99|c89|rpm|cscli|htop|pip\\d?|"
    "cpulimit|dpkg|capsh|unshare"
)
WORDY = (
    "cat|time|top|at|set|env|who|id|more|less|find|sort|head|tail|make|echo|kill|man|date|last|w|host|cut|paste|join|"
    "split|watch|nice|test|type|export|alias|exec|eval|source|read|jobs|history|mail|print|printf|route|arp|ip|"
    "mount|touch|link|look|file|strings|dir|copy|del|move|start|call|for|net|hostname|groups|users|finger|screen|"
    "install|service|reboot|halt|shutdown|tee|tr|wc|od|nl|rev|tac|fold|column|batch|script|true|false|cd|unset|trap"
)
ARGUMENT = r"(?:\s+(?:-{1,2}\w|/\w|\.{1,2}/|\$[({\w]|[<>|]|~|[\w.*?-]*/[\w*?\[]|[`\\]|whoami\b)|\s*(?:$|[;|&]))"

SIGNS: tuple[Sign, ...] = (
    *_signs(
        SQL,
        ("union", 0.95, r"\bunion\b[\s(]{1,9}(?:all|distinct|distinctrow)?[\s(]{0,9}select\b"),
        ("select", 0.9,
            r"\bselect\b\s{0,9}(?:\*|\(|@@?\w|null\b|\d+\s{0,3}(?:,|from|$)|case\b|if\s?\(|0x|\w{1,30}\s?\(|top\s+\d)"),
        ("select_from", 0.5, r"\bselect\b[\w\s.,*`\"'@()]{1,120}?\bfrom\b\s+[\w(`\"]"),
        ("select_where", 0.6, r"\bfrom\b\s+[\w.`\"]{1,60}\s+where\b"),
        ("from_subselect", 0.8, r"\bfrom\s?\(\s?select\b|\(\s{0,5}select\b"),
        ("boolean", 0.9,
            r"['\"`);]\s{0,9}\)*\s{0,5}(?:or|and|xor|x?or not|\|\||"
            r"&&)\s{0,9}\(*[!~-]?['\"`]?[\w@.]{0,40}['\"`]?\)*\s{0,5}"
         r"(?:=|<|>|!|\blike\b|\bin\b\s?\(|\bis\s+(?:not\s+)?(?:null|true)|\bbetween\b|\bregexp\b|\brlike\b|\bglob\b|~)"),
        ("boolean_bare", 0.8,
            r"\b(?:or|and|xor|having|where)\b\s{1,5}\(*(?:not\s+)?['\"]?\d{1,9}['\"]?\s{0,5}(?:=|<>|!=|>=|<=|\blike\b|"
            r"\bbetween\b|\bin\b)"),
        ("boolean_column", 0.6, r"\b(?:or|and|xor)\b\s{1,5}\w{1,30}\s{0,3}(?:=|<>|!=)\s{0,3}(?:['\"]|\d{1,9}\b)"),
        ("boolean_end", 0.75,
            r"['\"`)]\s{0,5}(?:or|and|xor|\|\||&&)\s{0,5}[\w'\"`@(){}+*/!?.\[\] ~-]{0,60}(?:--|#|;|/\*)"),
        ("tautology", 0.9, r"(?:^|[^\w.=&?])(['\"]?)(\d{1,9})\1\s{0,3}(?:=|<=>|like|rlike)\s{0,3}\1\2\b(?!\s?=)"),
        ("quoted_compare", 0.8,
            r"['\"]\s{0,3}(?:=|<>|!=|<=>|\blike\b|\bregexp\b|\brlike\b|\bsounds like\b)\s{0,3}['\"(]"),
        ("quote_boolean_quote", 0.75,
            r"^\w{1,20}['\"]\s{0,2}(?:or|and|xor)\s{0,2}['\"]\w{1,20}$|^\W{0,3}['\"]\s?(?:or|and|xor)\b\s?['\"(\d]"),
        ("escaped_quote", 0.8, r"\\['\"]{1,2}\s?(?:or|and|xor)\b\s{0,3}['\"\d]"),
        ("quote_comment", 0.75, r"['\"`]\s{0,5}\)*\s{0,5}(?:--(?:\s|$|-)|#\s?$|/\*|;\s?--|;%00)"),
        ("trailing_comment", 0.55, r"[\w)'\"]\s?(?:--\s?-?\s*|#)$"),
        ("quote_function", 0.8, r"['\"]\s{0,3}(?:\|\||\+|,|=)\s{0,3}\(?\s?\w{1,30}\s?\("),
        ("quote_operator", 0.75,
            r"['\"`]\s{0,3}\)*\s{0,3}(?:is\s*(?:not|null)\b|not\s+(?:in|like|between|similar)|between|rlike|regexp|"
            r"glob|collate|"
         r"similar to|having\b\s?\w|order\s+by|group\s+by|limit\s+\d|procedure\s|div\s?\d|mod\s?\d|(?:\|\||"
         r"\|)\s?[\w'\"])"),
        ("quote_semicolon", 0.72, r"['\"`]\s{0,3}\)*\s{0,3};\s?(?:$|--|#|\w{1,20}\s?[('@])|\w['\"];\W?$"),
        ("stacked", 0.9,
            r";\s{0,9}(?:select|insert\s+into|update\s+\w+\s+set|delete\s+from|drop\s|alter\s|create\s|truncate\s|"
            r"exec(?:ute)?[\s(]|"
         r"declare\s|shutdown\b|waitfor\b|set\s+@\w|begin\s|grant\s|merge\s|analyze|vacuum|copy\s+\w+\s+(?:from|to))"),
        ("statement", 0.85,
            r"\b(?:insert\s+(?:ignore\s+)?into\s+[\w.`\"]+|update\s+[\w.`\"]+\s+set\s+\w+\s?=|"
            r"delete\s+from\s+[\w.`\"]+\s*(?:where|;|$)|"
         r"drop\s{1,5}(?:table|database|view|index|user|schema|procedure|function|column)|alter\s+(?:table|database|"
         r"user|login|view)\b|"
         r"truncate\s+table|create\s+(?:or\s+replace\s+)?(?:function|procedure|trigger|database|view|table|login|user|"
         r"index)\s+\w+\s?[(@'`]|"
         r"create\s+(?:function|procedure)|load\s+data\s+(?:local\s+)?infile|into\s+(?:out|dump)file|"
         r"exec(?:ute)?\s+(?:xp_|sp_|master|immediate)|"
         r"declare\s{0,5}@|waitfor\s+(?:delay|time)|procedure\s+analyse|handler\s+\w+\s+(?:open|read)|rename\s+table)"),
        ("quote_statement", 0.8,
            r"['\"`)]\s{0,3}(?:select|insert|update|delete|drop|alter|create|exec|declare|waitfor|having|"
            r"print)\b\s{0,3}['\"@(/`\w]|['\"`)]\s{0,3}union\b\s{0,3}(?:all\b|select\b|distinct\b|\()"),
        ("delay", 0.9,
            r"\b(?:sleep|benchmark|pg_sleep|dbms_pipe\.receive_message|dbms_lock\.sleep|"
            r"randomblob)\s{0,3}\(\s{0,5}(?:[\d('\"]|$|\*|select|\w+\(|\))"),
        ("schema", 0.85,
            r"\b(?:information_schema|sysobjects|syscolumns|sysusers|sysdatabases|msysobjects|msysaces|pg_catalog|"
            r"pg_user|pg_shadow|pg_tables|"
         r"sqlite_master|sqlite_schema|all_tables|user_tables|user_tab_columns|all_users|mysql\.(?:user|db|innodb\w*)|"
         r"schema_name|db_name\s?\(|"
         r"database_name|table_name|table_schema|column_name|xp_\w{3,}|sp_(?:password|executesql|oacreate|makewebtask|"
         r"addextendedproc|configure|help\w*)|"
         r"master\.\.|northwind|tempdb|@@(?:version|datadir|hostname|servername|global|session)|dba_users|v\$version|"
         r"utl_(?:http|inaddr|file)|"
         r"dbms_\w+\.\w+|openrowset|opendatasource|openquery|sysibm|rdb\$|lo_(?:import|export|get|put)\b|pg_(?:ls_dir|"
         r"read_file|sleep|file_\w+)|"
         r"current_setting\s?\(|query_to_xml|database_to_xml|table_to_xml)"),
        ("risky_function", 0.8,
            r"\b(?:extractvalue|updatexml|load_file|xmltype|group_concat|concat_ws|unhex|make_set|elt|name_const|"
            r"json_extract|json_\w+|"
         r"to_(?:base64|char|hex)|from_base64|string_agg|array_agg|quote_literal|row_to_json|last_insert_id|"
         r"connection_id|found_rows|row_count|"
         r"session_user|system_user|current_user|current_database|schema|user_name|db_name|object_(?:id|name)|col_name|"
         r"is_srvrolemember|"
         r"host_name|suser_s?name|unistr|char_length|bit_(?:and|or|xor|length|count)|date_(?:add|sub|format)|"
         r"find_in_set|export_set|"
         r"substring_index|substr(?:ing)?|ascii|chr|ord|char|convert|crc32|inet_(?:aton|ntoa)|aes_(?:en|de)crypt|"
         r"des_(?:en|de)crypt|sqlite_version|"
         r"load_extension|zeroblob|glob|likelihood|likely|unlikely|ifnull|nullif|coalesce|iif|nvl|decode|rawtohex|"
         r"period_(?:add|diff)|"
         r"is_(?:free|used)_lock|get_lock|release_lock|master_pos_wait|uncompress(?:ed_length)?|procedure_analyse|"
         r"generate_series|"
         r"regexp_(?:like|replace|substr|instr|matches?)|gtid_\w+|pg_\w+|st_\w+|xpath(?:_exists)?|starts_with|"
         r"timestampadd|timestampdiff|"
         r"current_(?:date|time|timestamp)|localtime(?:stamp)?|str_to_date|from_(?:days|unixtime)|utc_\w+|"
         r"weight_string|sysdate|strcmp|"
         r"sec_to_time|to_(?:days|seconds)|makedate|maketime|unix_timestamp|uuid_short|validate_password_strength|"
         r"old_password|octet_length|quarter|yearweek|week(?:day|ofyear)|dayof(?:month|week|year)|monthname|mid|instr|"
         r"locate|lcase|ucase|lpad|rpad|ltrim|rtrim|soundex|truncate)\("),
        ("any_function", 0.72,
            r"^\s?(?:abs|acos|asin|atan2?|avg|benchmark|bin|cast|ceil(?:ing)?|count|cos|cot|degrees|exp|field|floor|"
            r"greatest|hex|if|"
         r"interval|last_day|least|left|length|ln|log(?:2|10)?|lower|max|md5|microsecond|min|minute|mod|month|now|oct|"
         r"password|pi|position|"
         r"pow(?:er)?|quote|radians|rand|repeat|replace|reverse|right|round|second|sha[12]?|sign|sin|space|sqrt|"
         r"std(?:dev)?|sum|tan|time|trim|upper|user|values|variance|version|year|database|default|distinct|print|"
         r"encode)\s?\("),
        ("function_inside", 0.5,
            r"\b(?:concat|count|cast|length|ascii|version|database|user|hex|md5|distinct|if|replace|lower|upper|floor|"
            r"rand|encode|mod|left|right)\s?\("),
        ("case", 0.85,
            r"\bcase\b.{1,80}\bwhen\b.{1,80}\bthen\b|\)\s{0,3}when\s+\d+\s+then\b|\(case\b|\bif\s?\(\s?\(?\w+\s?[=<>]"),
        ("clause", 0.8,
            r"\b(?:order|group)\s+by\s+\d{1,4}\b|\bhaving\s+\d{1,5}\s?[=<>]|\blimit\s+\d+\s?,\s?\d|"
            r"\)\s{0,3}(?:as\s+[`\"\w]+\s+from\b|like\s?\()"),
        ("alias_from", 0.75, r"[\d`\"')]\s{0,3}as\s+[`\"']?\w+[`\"']\s+from\b|\bexecute\s+\w+$"),
        ("inline_comment", 0.85, r"/\*!\d{0,5}|\w/\*[^*]{0,40}\*/\(?\w|/\*\*/|/\*\+|\bor\s?/\*"),
        ("hex_literal", 0.72, r"(?:\bselect|\(|,|=|\bunion|\blike)\s?0x[0-9a-f]{6,}"),
        ("cast", 0.85,
            r"::(?:int|text|bool|jsonb?|numeric|reg\w+|double|char|varchar|bigint|float|date|uuid|bytea|name)\b"),
        ("scientific", 0.9, r"\d\.e\(|\b1\.e(?:\b|[+(])"),
        ("array", 0.75, r"\barray\s?\[|\bany\s?\(\s?array|\ball\s?\(\s?array"),
        ("operator_word", 0.4,
            r"<=>|\bsounds\s+like\b|\brlike\b|\bregexp\b|\bnot\s+(?:in\s?\(|like|between|similar)\b|"
            r"\bis\s+(?:not\s+)?null\b"),
        ("in_list", 0.72, r"\b(?:or|and|where|not)\s+\w{1,30}\s+in\s?\(|^\s?in\s?\(.{0,40},"),
        ("nulls", 0.75, r"(?:,\s?null\s?){2,}|\bnull\s?,\s?null\b"),
        ("noise", 0.5, r"^\W{0,3}['\"`;)}]{2,}[)}]?\W{0,4}\w{0,8}$|['\"`]\W{4,}|^['\"`]\W{1,3}\w{5,10}$"),
        ("or_end", 0.72, r"['\"]\s?(?:x?or|and)\s+\w{1,20}\s?(?:\d|!|<|>|like)"),
    ),
    *_signs(
        NOSQL,
        ("operator", 0.85,
            r"(?:^|[\[{.\"'])\$(?:ne|n?in|[gl]te?|eq|exists|regex|where|n?or|and|not|elemmatch|expr|all|size|mod|type|"
            r"func|function|text|slice|comment|rand|jsonschema|"
         r"(?:un)?set|inc|push|pull|pop|rename|min|max|mul|each|bit|within|near\w*|geo\w+|bitsall\w+|bitsany\w+|"
         r"currentdate|isolated|meta|natural|addtoset|pullall|setoninsert|sort|position)\b"),
        ("lookup", 0.55,
            r"^\w{1,60}__(?:[i]?startswith|[i]?endswith|[i]?contains|i?regex|isnull|has_keys?|in|range|[gl]te?|i?exact|"
            r"date|year|password\w*)$"),
        ("lookup_path", 0.72, r"^\w{1,30}__\w{1,30}__\w{1,120}$"),
    ),
    *_signs(
        XSS,
        ("tag", 0.92,
            r"<\s{0,3}/?\s{0,3}(?:[\w-]{1,20}:)?(?:script|iframe|object|embed|applet|meta|link|base|form|frame(?:set)?|"
            r"isindex|marquee|bgsound|layer|ilayer|"
         r"vmlframe|math|video|audio|body|img|image|input|button|textarea|select|style|animate\w*|keygen|import|xss|"
         r"event-source|portal)\b"),
        ("soft_tag", 0.55, r"<\s{0,3}/?\s{0,3}(?:svg|details|template|xml|noscript|dialog)\b"),
        ("broken_tag", 0.85,
            r"<\s?(?:s\s?c\s?r\s?i\s?p\s?t|f\s?o\s?r\s?m|i\s?f\s?r\s?a\s?m\s?e|o\s?b\s?j\s?e\s?c\s?t|"
            r"e\s?m\s?b\s?e\s?d)\b"),
        ("handler", 0.85,
            r"(?:^|[\s\"'/;<`,(\x00-\x1f])on(?:abort|after\w+|animation\w+|auxclick|before\w+|begin|blur|bounce|"
            r"canplay\w*|change|click|close|"
         r"contextmenu|copy|cut|dblclick|drag\w*|drop|durationchange|end|error|filterchange|finish|focus\w*|hashchange|"
         r"help|input|invalid|"
         r"key\w+|load\w*|losecapture|message\w*|mouse\w+|move\w*|offline|online|page\w+|paste|pause|play\w*|"
         r"pointer\w+|popstate|progress|"
         r"propertychange|ratechange|readystatechange|repeat|reset|resize\w*|row\w+|scroll\w*|search|seek\w+|select\w*|"
         r"show|stalled|start|stop|"
         r"storage|submit|suspend|timeupdate|toggle|touch\w+|transition\w+|unhandledrejection|unload|volumechange|"
         r"waiting|wheel|webkit\w+)[\s\x00-\x1f]{0,4}="),
        ("tag_attribute", 0.75,
            r"<(?!\?xml|\?xsl)[a-z!/?][^<>]{0,120}\s(?:src|href|action|style|srcdoc|formaction|xlink:href|data|"
            r"background|poster|lang\w*|code)\s?="),
        ("attribute_only", 0.6,
            r"^(?!<\?x)[^<]{0,40}(?:^|[\s\"'/])(?:src|href|style|srcdoc|formaction|xlink:href)\s?=\s?[\"'\w/]"),
        ("scheme", 0.9,
            r"(?:java|vb|live)\s{0,2}script\s{0,3}(?::|&|[\x00-\x1f]{1,3}:)|\bdata\s?:\s?(?:text/html|image/svg|"
            r"[^\w]{0,4},\s?<)|\bmocha:"),
        ("call", 0.85,
            r"(?:^|[^\w.])(?:alert|confirm|prompt|eval|settimeout|setinterval|execscript|atob|fetch|"
            r"importscripts)\s?(?:\(|`)|\bstring\.fromcharcode|\.call\s?`|"
         r"\btop\s?\[|\bself\s?\[|\bwindow\s?\[|\bglobaleval\b|\bnew\s+function\s?\("),
        ("object", 0.82,
            r"\bdocument\s?\.\s?(?:cookie|domain|write\w*|location|body|url|documentelement|getelement\w*|"
            r"createelement|referrer|forms)|\bwindow\s?\.\s?(?:location|name|open|onload)|"
         r"\.(?:inner|outer)html\b|\.insertadjacenthtml|\.parentnode\b|\blocation\s?=\s?|\.addeventlistener\b|"
         r"\blocalstorage\b|\bsessionstorage\."),
        ("style", 0.82,
            r"\bexpression\s?\(|-moz-binding|url\s?\(\s?[\"']?(?:java|vb|data)|@import\b|behaviou?r\s?:\s?url"),
        ("utf7", 0.85, r"\+adw-|\+ad4-"),
        ("jsfuck", 0.85, r"(?:[!+]?\[\]){1,3}[+)\]\[!]{1,4}|\[\s?\]\s?\.|\(!\[\]|\$\{\s?alert|!!\[\]"),
        ("comment", 0.5, r"^[\w=-]{0,20}-->|<!--|-->$"),
        ("module", 0.75, r"\bimport\s?(?:\{[^}]{0,80}\}|\*|[\w,\s]{1,40})\s?from\s?[\"']|\bimport\s?\(\s?[\"']"),
        ("valueof", 0.75, r"\bin\s+(?:valueof|tostring)\s?=|\bvalueof\s?=|\btostring\s?="),
        ("entity_tag", 0.85, r"<\?\s?(?:xml)?[^>]{0,40}(?:onload|script)|<[a-z]{1,20}[/\s]+[^>]{0,60}on\w{3,20}\s?="),
    ),
    *_signs(
        XML,
        ("entity", 0.9,
            r"!entity\b|<!doctype[^>]{0,100}(?:system|public|\[)|!element\b|!attlist\b|<xi:include|"
            r"xsi:schemalocation\s?=|xmlns:xi|pattern\s?=.{0,40}\bsystem\b|<xsl:|xlink:href|\bxmlns\s?="),
    ),
    *_signs(
        TRAVERSAL,
        ("dots", 0.85,
            r"(?:^|[/\\=\s]|0x5c|0x2f|%)\.{2,3}(?:[/\\;]|0x5c|0x2f|%c0|%25|\xef\xbf)|(?<!\.)\.\.[/\\]|\.{2}\ufffd|"
            r"\.%00/|(?:0x2e){2}"),
        ("overlong", 0.8, r"(?:\ufffd|0x5c|0x2f).{0,3}(?:\.\.|0x2e|\.%)|0x(?:5c|2f)0x2e"),
        ("system_file", 0.9,
            r"/etc/(?:passwd|shadow|group|hosts|issue|ssh|apache2|nginx|mysql|php|fstab|crontab|cron\.\w|sudoers|"
            r"master\.passwd|security|init|"
         r"httpd|my\.cnf|resolv|profile|motd|rc|network|environment)|/proc/(?:self|\d+|version|cpuinfo|net|mounts|"
         r"meminfo)|/var/(?:log|www|mail|run|lib|spool)/|/(?:boot|root|home)/[\w.-]{1,40}/?\.|"
         r"[cd]:[\\/]+(?:windows|winnt|boot\.ini|inetpub|users|program|xampp|win\.ini)|\b(?:boot|win|system|php|"
         r"desktop)\.ini\b|/windows/|\bwinnt\b|/usr/(?:local/)?(?:etc|lib|bin|sbin)/|/dev/(?:null|tcp|udp|zero|"
         r"u?random)"),
        ("secret_file", 0.82,
            r"(?:^|[/\\=\s])\.(?:env(?:[./_-]\w*)?|git(?:/|config|ignore|-cred\w*|modules)|svn/|hg/|ssh/|aws/|htaccess|"
            r"htpasswd|htgroup|bash_\w+|bashrc|profile|ds_store|npmrc|netrc|pgpass|my\.cnf|mysql_history|"
         r"docker\w*(?:/|$)|kube/|vscode/|idea/|claude/|cursor\w*|continue/|aider\w*|codex/|gemini/|copilot\w*|"
         r"config/\w+|vim\w*|viminfo|zsh\w+|ssh_\w+|gnupg|subversion|travis\.yml|circleci|github/\w+|gitlab\S*|boto|"
         r"s3cfg|azure/|terraform\S*|pypirc|composer/|anydesk\S*|local/\S+|mozilla/\S*|java/?|lesshst|node_repl\w+|"
         r"psql_history|python_history|sqlite_history|rediscli_history|gem/\S*|nano_history|wget-hsts)"),
        ("config_file", 0.8,
            r"\b(?:wp-config|web\.config|config\.inc|configuration\.php|settings\.(?:php|py|local)|localsettings\.php|"
            r"database\.yml|secrets\.yml|id_(?:rsa|dsa|ecdsa|ed25519)|authorized_keys|known_hosts|"
         r"phpinfo\.php|adminer\S*|server-status|web-inf|meta-inf|application\.(?:yml|properties)|\.credentials|"
         r"credentials\.json|docker-compose\.ya?ml|package-lock\.json|composer\.(?:json|lock)|gruntfile\.js|"
         r"npm-debug\.log|yarn\.lock|"
         r"sftp-config\.json|php_errors?\.log|error\.log|access\.log|\w+\.(?:kdbx|pem|ppk|pfx|p12|jks|keystore)$)|"
         r"/@(?:fs|id|vite)/|\bimport&raw\b|\?(?:raw|import)\?\?"),
        ("backup", 0.75,
            r"\.(?:sql|bak|old|orig|save|swp|swo|backup|dump|mdb|sqlite3?|db)(?:\.(?:zip|gz|tar|7z|rar|bz2|tgz))?~?$|"
            r"\w\.(?:php|inc|conf|cfg)~$"),
        ("null_byte", 0.82, r"\x00"),
    ),
    *_signs(
        SSRF,
        ("metadata", 0.9,
            r"169\.254\.169\.254|\bmetadata\.(?:google|packet|azure|tencent\w*|platformequinix)|100\.100\.100\.200|"
            r"/latest/meta-data|computemetadata|168\.63\.129\.16|instance-data\b|192\.0\.0\.192|rancher-metadata"),
        ("odd_address", 0.82,
            r"://(?:0x[0-9a-f.x]{2,40}|\d{8,10}|0\d{2,4}\.[\d.x]{3,}|\d{1,3}\.\d{4,})(?:[/:?]|$)|"
            r"https?:/{0,2}(?:\[[0-9a-f:.]{2,45}\]|0x[0-9a-f]{8}\b|0x[0-9a-f]{1,2}(?:\.0x[0-9a-f]{1,2}){3})|"
            r"://\[[0-9a-f:.]{3,45}\]|"
         r"^http:(?:\d{8,10}|0?x?[0-9a-f]+(?:\.0?x?[0-9a-f]+){3}|0\d{8,12})"),
        ("local", 0.78,
            r"(?:://|^)(?:localhost\d?(?:\.local\w*)?|127(?:\.\d{1,3}){1,3}|0\.0\.0\.0|\[?::1\]?|lvh\.me|localtest\.me|"
            r"\w{0,20}\.?nip\.io|[\w.-]{0,40}\.(?:sslip|xip|nip)\.io|spoofed\.\w+|ipv?6-localhost|"
            r"host\.docker\.internal|0)(?::\d{1,5})?/"),
        ("scheme", 0.8,
            r"(?:^|[\s=\"'(,:])(?:gopher|dict|file|ldaps?|tftp|jar|netdoc|sftp|imaps?|pop3s?|smtps?|smb|telnet|ssh2?|"
            r"rtmp\w*|rmi|nfs|svn(?:\+ssh)?|git(?:\+ssh)?|mailto|view-source|afp|ws+|redis|mysql|jdbc|docker|unix|"
            r"php\d?|smbs?|rtsp|local_file|kamailio|aaas?|acct|cap|cvs|go|ldapi|mumble|news|nntp|oci8|odbc|phar|"
            r"pgsql|psyc|sips?|slp|snmp|sqlite|stratum\w*|turns?|udp|urn:\w+|uuid|vnc|xmpp|"
            r"irc)(?::[\w.]+)?:/{1,3}[\w.\[\u2460-\u24ff]"),
        ("address_url", 0.75, r"(?:^|[=\s])(?:https?|ftps?|file|ogg|zlib)://\d{1,3}(?:\.\d{1,3}){3}(?!\d)"),
        ("ftp_url", 0.75, r"^(?:ftps?|file)://\S"),
        ("open_url", 0.78, r"^(?:https?|ftps?)://[^\s?]{3,200}\?{1,3}$"),
        ("include_url", 0.8,
            r"^(?:https?|ftps?)://\S{3,200}\.(?:txt|php\d?|inc|phtml|ya?ml|sh|py|pl|cgi|jsp|asp|dtd)\?*$"),
        ("data_url", 0.75, r"^data:(?:\*|\w+)/(?:\*|[\w.+-]+)?(?:[;,]|$)|^data:;base64|^data:(?:\w+/[\w*]+)"),
    ),
    *_signs(
        COMMAND,
        ("chained", 0.88,
            rf"(?:[;|`\n{{]|&&|&(?=\s)|\$\(|<\(|=\(|\|\|)\s{{0,5}}(?:[\w./]{{0,40}}/)?(?:{PLAIN})(?:$|[\s;|"
            rf"&`)<>'\"$\\-]|\.exe)"),
        ("chained_word", 0.8,
            rf"(?:[;|`\n{{]|&&|&(?=\s)|\$\(|<\(|\|\|)\s{{0,5}}(?:[\w./]{{0,40}}/)?(?:{WORDY}){ARGUMENT}"),
        ("wrapped", 0.8,
            rf"\b(?:time|sudo|nohup|nice|env|exec|eval|command|builtin|xargs|timeout|watch|strace|ltrace|-exec|script|"
            rf"setsid|busybox|unbuffer|stdbuf|ionice|chroot|flock)\s+(?:-\S+\s+){{0,3}}(?:{PLAIN}|who)(?:$|[\s;|&-])"),
        ("leading", 0.66,
            rf"^['\"]?(?:[\w./]{{0,40}}/)?(?:{PLAIN})(?:\.exe)?\s+(?:-{{1,2}}\w|/\w|\.{{1,2}}(?:/|$)|"
            rf"\d{{1,3}}(?:\.\d{{1,3}}){{3}}|https?:|[a-z]:\\|\w+\.(?:ya?ml|com|org|sh|py|exe|zst|gz|txt|pl|php)\b|"
            rf"foo\b|[|<>$])"),
        ("leading_word", 0.78,
            r"^(?:cat|head|tail|more|less|find|echo|grep|touch|mount|kill|tee|sort|source|exec|dir|type|copy|del|net|"
            r"env|who|alias|time|perf|\$\w{1,12})\s+(?:-{1,2}\w|/[\w?*\[]|\.{1,2}/|\$[({\w]|[<>|]|[a-z]:\\|[a-z]+=)"),
        ("bare", 0.75,
            r"^(?:whoami|ifconfig|ipconfig|netstat|printenv|visudo|id|ls|pwd|uname|ansible-[\w-]+|chef-\w+|systeminfo|"
            r"tasklist|regedit|hostname|lsof|dmesg|chmod|sudo)$"),
        ("path", 0.85,
            r"(?:^|[\s;|&`'\"=(])/?(?:usr/)?(?:local/)?s?bin/[\w?*\[.+-]{1,30}|/b[?*]n/|[\\/]system32[\\/]|"
            r"\bcmd(?:\.exe)?\s?/[ckr]\b|\\windows\\|%(?:comspec|systemroot|programfiles|windir|appdata|temp)(?:%|:)"),
        ("glob", 0.78,
            r"/[a-z]{0,4}[?*]{1,3}[a-z]{0,4}[?*]{0,3}/|/\[\S{1,3}\][a-z]{1,6}/|/et(?:c|\*|\?)/[\w]{0,6}[\[?*]|"
            r"/[?]{2,}/|\bpa\[s\]|/[a-z]{1,4}\*/"),
        ("substitution", 0.72,
            r"\$\((?:\(|[\w\s/.'\"|-]{2,80}\))|<\([a-z/]|>\([a-z/]|\$\{ifs|\$ifs\b|`\s?(?:[a-z/.]{2,30}\s[^`]{1,80}|"
            r"(?:id|ls|who|whoami|pwd|ps|uname))\s?`|\$\{[a-z_]+[:#%/^,@]|\$'[^']{1,40}'|\$\{cmd\}"),
        ("redirect", 0.72,
            r"\d?>&\d|\d>\s?/|>>?\s?/(?:tmp|dev|var|etc)|<<<|<<-?\s?['\"]?eof|\|\s?(?:sh|bash|tee|nc|xargs)\b|/dev/tcp/"),
        ("shellshock", 0.9, r"\(\)\s?\{"),
        ("fork_bomb", 0.9, r"(\w{1,12}|:)\s?\|\s?(?:\1)\s?&\s?\}?\s?;?"),
        ("brace", 0.8,
            r"\{\s?,?(?:'|\$')?(?:[\w$'\"/-]{1,20}'?)?,[^\s{}\":]{0,20}(?:,[^\s{}\":]{0,20}){0,3}\}(?!\s?[\]},])"),
        ("history", 0.75, r"(?:^|[\s;])!(?:-?\d|!|\?)(?:!?-\d)?\W?|^~[+-]?\d{1,3}$|^~[+-]\d?$"),
        ("quoted_word", 0.75,
            r"(?:^|[\s;|&=])(?:'[a-z]{1,4}'[a-z]{1,8}|\"[a-z]{1,4}\"[a-z]{1,8}|[a-z]{1,6}(?:''|\"\"|``|\$\(\)|"
            r"\$@)[a-z]{1,8})(?:$|\s)"),
        ("backslash", 0.75, r"^\\(?:ls|id|cat|sh|ps|rm|cp|nc|w)\b|\b[a-z]{1,5}\\[a-z]{1,6}\s+/"),
        ("powershell", 0.85,
            r"\b(?:invoke|get|new|set|start|stop|remove|import|export|out|write|add|copy|clear|convert(?:to|from)?|"
            r"disable|enable|find|format|install|join|move|register|rename|resolve|restart|select|send|test|update|"
            r"wait|where)-"
         r"(?:webrequest|expression|command|item\w*|process|object|content|childitem|service|restmethod|wmi\w*|cim\w*|"
         r"alias|variable|location|module|job|event\w*|host|output|acl|history|member|unique|string|path|computer\w*|"
         r"psdrive|csv|date|credential|help|executionpolicy|securestring|pssession\w*|null|file|clixml|json|html|"
         r"table|list|netadapter|localuser)\b|[;|]\s?(?:iwr|iex|irm|gci|gwmi|saps|sls|gps|icm)\b|^powershell\b|"
         r"-encodedcommand\b|\bdownloadstring\b"),
        ("windows", 0.82,
            r"\bfor(?:\s{0,10}/[dflr]\s?\S{0,40})?\s.{0,40}%+\w.{0,20}\sin\s?\(|"
            r"\bif\s{1,20}(?:/i\s+)?(?:not\s+)?\(?(?:exist|defined|errorlevel|cmdextversion)\s|"
            r"\bif\s+(?:/i\s+)?\S{1,30}\s*(?:neq|equ|lss|leq|gtr|geq)\s|\bif\s+(?:/i\s+)?[\"'%]?\w{1,20}[\"'%]?\s?==|"
         r"[;|&]\s?(?:at\s+\d{1,2}:\d{2}|dir\s|type\s+\S|net\s+(?:user|use|view|share|localgroup|start|stop))"),
        ("sqlite_shell", 0.78,
            r"(?:^|[;\n]|\\n)\s?\.\\?['\"]?(?:shell|system|databases|tables|dump|import|output|open|read|schema|load|"
            r"backup|restore|clone|archive|cd|log|once|save|sha3sum|exit|quit|print|mode|headers|binary|bail|changes|"
            r"echo|eqp|excel|explain|expert|fullschema|indexes|limit|lint|nullvalue|parameter|prompt|scanstats|"
            r"selftest|separator|session|show|stats|testcase|testctrl|timeout|timer|trace|vfs\w*|width)\b"),
        ("mail", 0.82,
            r"[\r\n]\s?(?:rcpt to|mail from|ehlo\s|helo\s|auth\s(?:plain|login|cram)|vrfy\s|expn\s|retr \d|dele \d|"
            r"top \d+ \d|uidl \d|apop \w+ [0-9a-f]{32}|user \w+[\r\n]|"
         r"\w{1,10}\s(?:search\s|fetch\s|copy\s\d|store\s\d|select\s|examine\s|login\s|authenticate\s|create\s|"
         r"delete\s|rename\s|subscribe\s|list\s\"|lsub\s|status\s|append\s|uid\s|noop|expunge|capability|starttls|"
         r"check\b|close\b|logout))"),
        ("mail_verb", 0.75,
            r"[\r\n]\s?(?:quit|stat|noop|rset|data|uidl|capa|starttls|stls|lang|utf8|pass\s\S+)\s*$|"
            r"[\r\n]\s?(?:list \d|uidl \d|retr|dele|rset)\b"),
        ("alias", 0.8, r"(?:^|[;\s])alias\s{0,3}(?:-p\s+|\+\w\+\s?)?\w{1,20}=(?:\S)"),
    ),
    *_signs(
        TEMPLATE,
        ("braces", 0.82,
            r"\{\{[^{}]{0,60}[*+(\[|_'\"#][^{}]{0,80}\}\}|\{%\s?(?:if|for|set|import|include|block|debug|raw|macro|"
            r"extends)\b|\{\{=|\{\{\s?(?:config|self|request|settings|lipsum|cycler|joiner|namespace|app|this|"
            r"dump)\b|\{php\}|\[\[\s?\$\{"),
        ("dollar", 0.8, r"\$\s{0,20}\{\s{0,5}['\"\w$(@][^{}]{0,200}\}?"),
        ("hash", 0.78, r"#\{[^{}]{1,200}\}?|\*\{[\w'\"(#][^{}]{1,200}\}"),
        ("erb", 0.85, r"<%[^%]{0,120}%?>|<#(?:assign|list|if|include)\b"),
        ("perl", 0.85, r"@\{\s{0,3}\["),
        ("class_walk", 0.85,
            r"__(?:class|mro|subclasses|globals|builtins|import|init|base|bases|dict|code)__|\b\w+\.getclass\s?\(|"
            r"\bclass\.forname\b"),
    ),
    *_signs(
        PHP,
        ("tag", 0.88, r"<\?(?:php\b|=|\s(?!xml|xsl|xpacket|test|should)\S|xml[\s:]{1,3}:|$)|\[/?php\]"),
        ("variable", 0.85,
            r"\$_(?:get|post|server|cookie|files|request|session|env)\s?\[|\$(?:globals|http_\w+_vars|php_\w+|argv|"
            r"argc|http_raw_post_data)\b|(?:^|[&?])_(?:get|post|server|cookie|request|session|env|files)\["),
        ("scheme", 0.88, r"\b(?:php|phar|zip|expect|glob|ogg|rar|ssh2(?:\.\w+)?|zlib|compress\.\w{2,8}|bzip2)://"),
        ("function", 0.85,
            r"\b(?:shell_exec|passthru|proc_open|popen|pcntl_exec|base64_decode|base64_encode|call_user_func\w*|"
            r"create_function|phpinfo|assert|get_defined_\w+|file_(?:get|put)_contents|fopen|fsockopen|readfile|"
            r"move_uploaded_file|"
         r"preg_replace\w*|unserialize|gzinflate|gzuncompress|gzdecode|str_rot13|highlight_file|show_source|"
         r"parse_ini_file|ini_set|putenv|register_\w+_function|array_(?:map|filter|walk|diff_u\w+|reduce)|ob_start|"
         r"spl_autoload_\w+|set_error_handler|func_get_args?|"
         r"get_(?:cfg_var|current_user|object_vars|class_\w+)|getenv|getmy\w+|posix_\w+|var_dump|print_r|"
         r"is_(?:callable|executable|file|dir|writable|readable)|symlink|gethostbyname\w*|chmod|mkdir|rmdir|unlink|"
         r"rename|tempnam|touch|opendir|readdir|scandir|fwrite|fputs|fgets|fread|ftok|lcfirst|ucfirst|strtr|strrev|"
         r"nl2br|htmlentities\w*|html_entity_decode|htmlspecialchars\w*|urldecode|rawurldecode|bin2hex|hex2bin|"
         r"ctype_\w+|dl|eval|exec|system)\s{0,5}(?:/\*[^*]{0,20}\*/)?\(\s?(?!\s?yep)"),
        ("family_function", 0.8,
            r"\b(?:array|str|mb|sodium_crypto|openssl|curl|file|stream|pcntl|mysqli?|pg|imap|ldap|xml\w*|date|iterator|"
            r"preg|tidy|gd|image\w*|iconv|session|socket|ftp|simplexml|dom|json|random|hash|password|mcrypt|mhash|"
            r"zip|bz|gz\w*|readline|ob|spl|func|class|method|property|apache|error|debug|trigger|restore|money|"
            r"number|utf8|vs?printf|ssh2|sem|shm|msg|ibase|oci|odbc|sqlite|snmp|dba|enchant|pspell|finfo|inotify|"
            r"libxml|locale|intl\w*|grapheme|idn|normalizer|transliterator|opcache|cli|collator|fdf|gettext|gmp|"
            r"bc\w+|event|ev|fann|geoip|gnupg|imagick|memcache\w*|mongo|ps|radius|rrd|svn|swoole|sybase|taint|uopz|"
            r"wddx|win32|xattr|xdiff|yaml|yaz|zlib|zend|gc|is|get|set|ini|forward_static_call|connection|dns|inet|"
            r"header|headers|highlight|php|sys|timezone|tz|unregister|usleep|var)_\w{1,60}\s{0,3}\((?!foo\))"),
        ("short_function", 0.75,
            r"^(?:(?:substr|printf|sprintf|array|sort|fsort|uasort|uksort|ucwords|gethostbyname|chop|crypt|each|eof|"
            r"exit|extract|getdate|join|key|list|mail|main|next|pack|pos|prev|range|reset|round|shuffle|similar_text|"
            r"sizeof|sleep|sqrt|strlen|time|trim|unpack|implode|explode)\s?\()"),
        ("ini", 0.8,
            r"\b(?:allow_url_\w+|auto_(?:prepend|append)_file|extension_dir|disable_(?:functions|classes)|open_basedir|"
            r"safe_mode\w*|error_(?:log|reporting)|display_(?:startup_)?errors|session\.\w{3,40}|opcache\.\w{3,60}|"
            r"mbstring\.\w+|zend\.\w+|zlib\.\w+|xdebug\.\w+|assert\.\w+|date\.\w+|sendmail_\w+|smtp(?:_port)?|"
            r"max_\w+_time|memory_limit|upload_\w+|output_\w+|register_\w+|magic_quotes\w*|variables_order|"
            r"include_path|user_ini\.\w+|doc_root|enable_dl|browscap|pcre\.\w+|soap\.\w+|mysqli?\.\w+|pdo_\w+\.\w+|"
            r"arg_separator\.\w+|cgi\.\w+|curl\.cainfo|expose_php|file_uploads|hard_timeout|highlight\.\w+|"
            r"html_errors|ignore_\w+|implicit_flush|last_modified|log_errors\w*|mail\.\w+|post_max_size|precision|"
            r"realpath_cache\w*|serialize_precision|short_open_tag|sys_temp_dir|track_errors|unserialize_\w+|"
            r"url_rewriter\.tags|xmlrpc_\w+|phar\.\w+|engine|extension|from|intl\.\w+|ldap\.max_links|"
            r"filter\.default\w*|exif\.\w+|child_terminate|apc\.\w+)\s?=\s?\S"),
        ("serialized", 0.85, r"\b[oc]:\d{1,4}:\"|\ba:\d{1,4}:\{[sibdoa]:\d"),
        ("variable_call", 0.82,
            r"\$\w{0,20}\)?(?:\[[^\]]{1,20}\]|\{[^}]{1,30}\}){1,3}\s?\(|\$\$?\{?[\w.'\"]{1,30}\}?\s?\(\s?['\"\d$]|"
            r"\$\{[\w'\"._]{1,20}\}\s?\(|\(\s?[\"'\[(]?\s?[\w'. \"]{2,40}[\"'\])]?\s?\)\s{0,3}(?:\[\s?\d\s?\]\s?)?(?:"
            r"/\*[^*]{0,20}\*/)?\s?\(\s{0,3}['\"\w ]{1,40}\)\s?;|\]\s{0,3}(?:\{[^}]{0,20}\}|\[\s?\d\s?\])\s?\(|"
            r"\}\s{0,3}\(\s{0,3}['\"]?\w{1,20}['\"]?\s{0,3}\)\s?;|\)\(['\"]\w+['\"]\)|\(['\"]\w+['\"]\)\s?;"),
    ),
    *_signs(
        SCRIPT,
        ("prototype", 0.9, r"__proto__|\bconstructor\s?(?:\.|\]?\[)[\"']?prototype|\bprototype\]?\["),
        ("node", 0.85,
            r"_\$\$nd_func|\brequire\s?\(|\brequire\.main|\bchild_process\b|\bprocess\.(?:env|mainmodule|binding|exit|"
            r"cwd|kill|argv|version)|\bfs\.(?:read|write)\w+|\breaddirsync|\bexecsync|\bspawn(?:sync)?\s?\(|"
            r"\bconsole\.(?:log|error|debug|info|warn|trace|table|dir)|\bglobal\.process|\bfunction\s?\(\s?\)\s?\{"
         r"|\bthis\.constructor\b|\bmodule\.exports\b|\bnew function\b"),
        ("loop", 0.82,
            r"\bwhile\s?\(\s?(?:true|1|![+-]?\w|!?\"\"|-?\d|[+-]?infinity|\[\]|\{\}|new\s|/|\"|'|"
            r"[\w!\"']{1,12}\s?[=<>])"),
    ),
    *_signs(
        JAVA,
        ("lookup", 0.95,
            r"\{[^{}]{0,80}(?:jndi|::-|lower:|upper:|\benv:|\bsys:|date:|ctx:|main:|java:)|\bjndi\b.{0,10}:|"
            r"\$&lbrace|\{jndi"),
        ("package", 0.85,
            r"\bjavax?\.(?:lang|io|util|net|nio|rmi|script|naming|sql|beans|xml|\w+\.)|\bjavax?\.[\w.]{0,30}(?:runtime|"
            r"processbuilder|unmarshaller|xmldecoder)|\borg\.(?:apache|springframework|mozilla|omg|codehaus|"
            r"hibernate|jboss|eclipse)\.\w|\bcom\.(?:opensymphony|sun|caucho|mchange|rometools|bea|ibm\.ws)\.\w|"
            r"\bsun\.\w+\."),
        ("gadget", 0.85,
            r"\b(?:clone|instantiate|invoker|chained|constant|map|factory|string|predicated|switch|closure|"
            r"template)transformer\b|\b(?:for|while|transformer|chained|if|nop|switch)closure\b|\b(?:instantiate|"
            r"prototypeclone|prototypeserialization|reflection|constant)factory\b|\bprocessbuilder\b|"
            r"\btemplatesimpl\b|\bbadattributevalue\w*|\bysoserial\b|\bxmldecoder\b|\bscriptengine\w*|\bgetruntime\b|"
            r"\bunsafe\.\w|\bclassloader\b"),
        ("runtime", 0.75, r"\bruntime[.(](?!error)\w|(?:^|\W)runtime\.\w+|\w\.runtime$"),
        ("serialized", 0.9, r"ro0abq|kztaau|cs[37]\wa[fg]\b|cs3aaf|aced0005|\xac\xed\x00|h4siaaaaaaaa\w{0,4}"),
        ("expression", 0.85,
            r"\b_memberaccess|\bognl\b|\bxwork\b|%\{[#(@]|#(?:context|application|session|parameters|attr|request|"
            r"response)\b\[?['\".]|@java\.|\bt\(java|allowstaticmethodaccess|\bclass\.module\.\w|#[a-z]\s?=\s?"),
    ),
    *_signs(
        LDAP,
        ("filter", 0.8,
            r"^[^(]{0,60}\)\)?\s?\(\s?[&|!]|^[^(]{0,60}\)\s?\(\s?\w{1,40}\s?=|\*\)\s?\(|\)\(\|\||^[^(]{0,60}\)\(\|\W?$|"
            r"\*\(\|\(|\)\s?\(\s?\|\s?\(|^[*]\)|\(\w{2,20}=\*\)\)?[(&|]|\)\(cn=|\)\)\(&\("),
        ("object_class", 0.6, r"\bobjectclass\s?=|\buserpassword\s?="),
    ),
    *_signs(
        PROTOCOL,
        ("header", 0.85,
            r"[\r\n]+\s?(?:content-(?:type|length|disposition|encoding)|set-cookie|location|host|refresh|x-[\w-]+|"
            r"http/\d|remote-addr|last-modified|expires|cookie|user-agent|referer|transfer-encoding|<html|"
            r"<script)\b\s?:?|\r[\r\n]*[\w-]{2,20}:\s?\S|\r\n\r\n"),
        ("request_line", 0.85,
            r"(?:^|[\r\n\s])(?:get|post|head|options|connect|put|delete|trace|track|patch|propfind)\s+(?:/|https?://|"
            r"\*)\S{0,200}\s+http/\d|\bhttp/[0-3]\.\d\b(?!\S)"),
        ("break", 0.75, r"^[\r\n]+\w|\w[\r\n]+info\.php"),
        ("session", 0.82,
            r"\bset-cookie\b\s?[:=]|\.cookie\s?=|http-equiv|\bcookie\b.{0,20};\s?(?:expires|domain|path)\s?="),
    ),
)  # fmt: skip

# Endings of files that a server might run.
RUNNABLE = re.compile(
    r"\.(?:php\d*|phps|phtml?|phar|pht|inc|jspx?|jspf|jsw|jsv|asp|aspx|asa|asax|ascx|ashx|asmx|cer|cfm|cgi|pl|sh|exe|"
    r"war|htaccess|htpasswd|user\.ini)[\s.]{0,4}(?:;|$|\x00|\.(?:png|gif|jpe?g|txt)\b)|(?:^|[\\/])\.?sess_\w{10,}$|"
    r"(?:^|[\\/])\.(?:user\.ini|htaccess|htpasswd|env)|(?:^|/)(?:wp-)?config\.\s?php"
)
SCANNERS = re.compile(
    r"\b(?:nikto|sqlmap|nessus|masscan|zgrab|nmap|dirbuster|gobuster|ffuf|feroxbuster|wpscan|acunetix|netsparker|"
    r"openvas|w3af|arachni|nuclei|havij|jaeles|whatweb|wfuzz|dirsearch|commix|joomscan|zmeu|morfeus|burpsuite|"
    r"appscan|webinspect|qualys|brutus|hydra|metasploit|skipfish|fimap|grendel-scan|sqlninja|absinthe)\b"
)
SESSION_NAMES = re.compile(
    r"^(?:(?:j|php)?sess(?:ion)?[-_]?id|aspsessionid\w*|asp\.net_sessionid|zend_session_id|cfid|cftoken|"
    r"[\w.-]{1,30}[._:-](?:sess|session|sid|session-token)|cfsid|jservsession|jwsession|sid|"
    r"koa[.:_]sess(?:\.sig)?|_?\w{0,20}_session|s?session|ci_session|laravel_session|"
    r"_session_id|connect\.sid|weblogicsession|viewstate)$"
)
