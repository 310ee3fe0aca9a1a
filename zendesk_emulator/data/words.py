"""The vocabulary of an emulated account: plain, a few languages, some emoji."""

FIRST_NAMES = (
    "Ada", "Björn", "Chiara", "Dmitri", "Elif", "Fatou", "Grace", "Hiroshi", "Inés", "Jürgen",
    "Katarzyna", "Linh", "Mohammed", "Nia", "Olga", "Pedro", "Qiang", "Ruth", "Søren", "Zoë",
)  # fmt: skip
LAST_NAMES = (
    "Abara", "Bianchi", "Castro", "Dubois", "Eriksen", "Fujita", "García", "Hopper", "Ivanova",
    "Jansen", "Kowalska", "Lovelace", "Müller", "Nguyen", "O'Neill", "Petrov", "Quispe", "Šimić",
)  # fmt: skip
COMPANIES = (
    "Northwind", "Blåfjell", "Acme", "Globex", "Initech", "Umbra", "Contoso", "Tailspin",
    "Woodgrove", "Litware", "Proseware", "Fabrikam", "Adatum", "Lucerne", "Wingtip",
)  # fmt: skip
COMPANY_FORMS = ("GmbH", "Ltd", "Inc.", "S.A.", "株式会社", "AB", "e.V.")
SUBJECTS = (
    "Printer is on fire 🔥", "Cannot sign in since the update", "Where is my order?",
    "Refund for order {n}", "Invoice {n} is wrong", "Feature request: dark mode 🌙",
    "Re: Your ticket #{n}", "La app se cierra al abrir", "Bestellung {n} nicht angekommen",
    "請求書について", "Password reset mail never arrives", 'Weird "quotes" and \\slashes\\',
    "API returns 500 for /v1/items/{n}", "Change of address", "Trial extension",
)  # fmt: skip
SENTENCES = (
    "I have tried everything the article recommends, and it still does not work.",
    "The device shows a red light and makes a noise I have never heard before.",
    "Could someone please call me back before Friday?",
    "We bought three licences and can only see two of them in the portal.",
    "Leider hat der Neustart auch nicht geholfen, das Gerät bleibt dunkel.",
    "It worked yesterday. Today the page stays white in every browser we have.",
    "Attached you will find the screenshot your colleague asked for. 📎",
    "Je vous remercie d'avance pour votre réponse rapide.",
    "Our account number is on the invoice you sent us in spring.",
    "すみません、よろしくお願いします。",
    "If this cannot be fixed this week we have to look for another supplier. 😟",
    "The order was placed with the old address, please send it to the new one.",
    "Thanks a lot for the quick help, this solved it! 🎉👍🏽",
    "The export contains <b>markup</b> & entities that should not be there.",
)
TAG_WORDS = (
    "billing", "refund", "vip", "bug", "feature_request", "login", "shipping", "urgent",
    "sales", "emea", "apac", "hardware", "mobile", "api", "onboarding", "churn_risk", "größe",
    "closed_by_merge", "escalated", "spam",
)  # fmt: skip
TEAMS = (
    "Billing", "Logistics", "Support", "Sales", "Success", "Returns", "Security", "Platform",
)  # fmt: skip
REGIONS = ("EMEA", "AMER", "APAC", "DACH", "Nordics", "LATAM")
TIME_ZONES = (
    ("Berlin", "Europe/Berlin"), ("Pacific Time (US & Canada)", "America/Los_Angeles"),
    ("Tokyo", "Asia/Tokyo"), ("UTC", "Etc/UTC"),
)  # fmt: skip
LOCALES = (("en-US", 1), ("de", 8), ("ja", 67), ("pt-BR", 19))
AGENT_BROWSERS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15",
)
