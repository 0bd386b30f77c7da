"""What notices and mails say, in each language. ``{user}``, ``{resource}``, ``{space}``, ``{virus}`` stand for names, as clients put links there."""

SOMEBODY = {"en": "Somebody", "de": "Jemand"}

# kind: (subject, message), by language
NOTICES = {
    "share-created": {"en": ("Resource shared", "{user} shared {resource} with you"),
                      "de": ("Freigabe erhalten", "{user} hat {resource} mit dir geteilt")},
    "share-updated": {"en": ("Share changed", "{user} changed what you may do with {resource}"),
                      "de": ("Freigabe geändert", "{user} hat geändert, was du mit {resource} tun darfst")},
    "share-removed": {"en": ("Resource unshared", "{user} unshared {resource} with you"),
                      "de": ("Freigabe beendet", "{user} teilt {resource} nicht mehr mit dir")},
    "share-expired": {"en": ("Share expired", "Access to {resource} expired"),
                      "de": ("Freigabe abgelaufen", "Der Zugriff auf {resource} ist abgelaufen")},
    "space-shared": {"en": ("Space shared", "{user} added you to Space {space}"),
                     "de": ("Space geteilt", "{user} hat dich in den Space {space} aufgenommen")},
    "space-unshared": {"en": ("Removed from Space", "{user} removed you from Space {space}"),
                       "de": ("Aus Space entfernt", "{user} hat dich aus dem Space {space} entfernt")},
    "space-membership-expired": {"en": ("Membership expired", "Access to Space {space} lost"),
                                 "de": ("Mitgliedschaft abgelaufen", "Deine Mitgliedschaft im Space {space} ist abgelaufen")},
    "space-disabled": {"en": ("Space disabled", "{user} disabled Space {space}"),
                       "de": ("Space deaktiviert", "{user} hat den Space {space} deaktiviert")},
    "space-deleted": {"en": ("Space deleted", "{user} deleted Space {space}"),
                      "de": ("Space gelöscht", "{user} hat den Space {space} gelöscht")},
    "virus": {"en": ("Virus found", "A virus was found in {resource}, so nobody gets it. Virus: {virus}"),
              "de": ("Virus gefunden", "In {resource} wurde ein Virus gefunden, deshalb bekommt es niemand. Virus: {virus}")},
    "policy": {"en": ("Policies enforced", "{resource} was not taken. {text}"), "de": ("Regeln durchgesetzt", "{resource} wurde nicht angenommen. {text}")},
    "health": {"en": ("The box needs you", "{text}"), "de": ("Die Box braucht dich", "{text}")},
    "health-well": {"en": ("The box is well again", "Everything that was wrong is right again"),
                    "de": ("Der Box geht es wieder gut", "Alles, was nicht stimmte, ist wieder in Ordnung")},
    "deprovision": {"en": ("Server will be shut down", "This server will be shut down on {date}. Download what you want to keep before that day"),
                    "de": ("Server wird abgeschaltet", "Dieser Server wird am {date} abgeschaltet. Lade vorher herunter, was du behalten willst")},
}
MAIL = {
    "en": {"hello": "Hello {name},", "several": "{count} new notices", "open": "Look at it", "why": "You get this mail because of your settings on this server. "
           "There you choose what you are told by mail, and how often.", "test": "Test of mail", "tested": "Mail from this server arrives."},
    "de": {"hello": "Hallo {name},", "several": "{count} neue Mitteilungen", "open": "Ansehen", "why": "Du bekommst diese Mail wegen deiner Einstellungen auf diesem Server. "
           "Dort wählst du, was dir gemailt wird, und wie oft.", "test": "Test-Mail", "tested": "Mails von diesem Server kommen an."},
}


def said(kind, language, **names):
    """Subject, message and message with the names left out, of a notice; a name of which nothing is known is somebody."""
    subject, rich = NOTICES[kind][language]
    text = rich
    for name, value in names.items():
        text = text.replace("{" + name + "}", value or SOMEBODY[language])
    return subject, text, rich
