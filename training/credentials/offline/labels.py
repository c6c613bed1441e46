"""The words of the offline verifier, in all languages at once: whoever opens the file chooses."""

from collections.abc import Mapping

from training.credentials.words import WORDS

_OWN: Mapping[str, Mapping[str, str]] = {
    "en": {
        "heading": "Check a printed certificate without internet",
        "how": "Scan the larger square code of the certificate with a telephone or a hand scanner, "
        "and put its text here. "
        "It begins with ENGRAM1: and nothing leaves this device.",
        "text": "Text of the square code",
        "photo": "Or a photograph of it",
        "check": "Check",
        "kind": "Certificate",
        "holder": "Name",
        "is_held": "The signature holds",
        "not_revoked": "It was not revoked as of {0}, the date of the list in this file. What came later is "
        "not known here.",
        "stale": "The list in this file is {0} days old. Get a newer file from the site, or look at the page.",
        "unlisted": "The list of revocations in this file is not signed by the site. It says nothing.",
        "is_revoked": "Revoked",
        "say_revoked": "The certificate was issued and then revoked. Its page on the site says when and why.",
        "is_forged": "Forged or damaged",
        "say_forged": "The signature doesn't hold: what the code says was not signed by this site.",
        "is_stranger": "Signed by another key",
        "say_stranger": "No key in this file signed it. Get the verifier from the site that is printed on the "
        "certificate.",
        "is_unread": "Not a certificate's code",
        "say_unread": "The text is not that of a certificate's square code, or a part is missing. Scan it again.",
        "compare": "Compare every line with the paper. Only what stands here was signed into the code; "
        "the rest of the paper "
        "is repeated by the page of the certificate.",
        "about": "About this file",
        "listed": "Its list of revocations is of {0} and names {1}.",
        "trust": "It trusts these keys. Compare them with those that the institution publishes:",
    },
    "fr": {
        "heading": "Vérifier un certificat imprimé sans internet",
        "how": "Scannez le plus grand code carré du certificat avec un téléphone ou un lecteur, et "
        "mettez son texte ici. Il "
        "commence par ENGRAM1: et rien ne quitte cet appareil.",
        "text": "Texte du code carré",
        "photo": "Ou une photographie du code",
        "check": "Vérifier",
        "kind": "Certificat",
        "holder": "Nom",
        "is_held": "La signature est juste",
        "not_revoked": "Il n'était pas révoqué au {0}, date de la liste de ce fichier. La suite n'est pas connue ici.",
        "stale": "La liste de ce fichier a {0} jours. Prenez un fichier plus récent sur le site, ou consultez la page.",
        "unlisted": "La liste des révocations de ce fichier n'est pas signée par le site. Elle ne dit rien.",
        "is_revoked": "Révoqué",
        "say_revoked": "Le certificat a été délivré puis révoqué. Sa page sur le site dit quand et pourquoi.",
        "is_forged": "Falsifié ou abîmé",
        "say_forged": "La signature n'est pas juste : ce que dit le code n'a pas été signé par ce site.",
        "is_stranger": "Signé par une autre clé",
        "say_stranger": "Aucune clé de ce fichier ne l'a signé. Prenez le vérificateur du site imprimé sur le "
        "certificat.",
        "is_unread": "Pas le code d'un certificat",
        "say_unread": "Ce texte n'est pas celui du code carré d'un certificat, ou il en manque une partie. "
        "Rescannez-le.",
        "compare": "Comparez chaque ligne avec le papier. Seul ce qui figure ici a été signé dans le "
        "code ; le reste du papier "
        "est répété par la page du certificat.",
        "about": "À propos de ce fichier",
        "listed": "Sa liste de révocations est du {0} et en nomme {1}.",
        "trust": "Il se fie à ces clés. Comparez-les avec celles que publie l'établissement :",
    },
    "ar": {
        "heading": "التحقق من شهادة مطبوعة دون إنترنت",
        "how": "امسح الرمز المربع الأكبر في الشهادة بهاتف أو قارئ، وضع نصه هنا. يبدأ النص بـ "
        "ENGRAM1: ولا يغادر شيء هذا الجهاز.",
        "text": "نص الرمز المربع",
        "photo": "أو صورة له",
        "check": "تحقق",
        "kind": "الشهادة",
        "holder": "الاسم",
        "is_held": "التوقيع صحيح",
        "not_revoked": "لم تكن ملغاة حتى {0}، وهو تاريخ القائمة في هذا الملف. وما بعد ذلك غير معروف هنا.",
        "stale": "عمر القائمة في هذا الملف {0} يوما. خذ ملفا أحدث من الموقع أو انظر الصفحة.",
        "unlisted": "قائمة الإلغاء في هذا الملف غير موقعة من الموقع، فلا تدل على شيء.",
        "is_revoked": "ملغاة",
        "say_revoked": "صدرت الشهادة ثم ألغيت. صفحتها في الموقع تذكر متى ولماذا.",
        "is_forged": "مزورة أو تالفة",
        "say_forged": "التوقيع غير صحيح: ما يقوله الرمز لم يوقعه هذا الموقع.",
        "is_stranger": "موقعة بمفتاح آخر",
        "say_stranger": "لم يوقعها أي مفتاح في هذا الملف. خذ أداة التحقق من الموقع المطبوع على الشهادة.",
        "is_unread": "ليس رمز شهادة",
        "say_unread": "هذا ليس نص الرمز المربع لشهادة، أو ينقصه جزء. امسحه مرة أخرى.",
        "compare": "قارن كل سطر بالورقة. ما يظهر هنا وحده موقع في الرمز؛ وبقية الورقة تعرضها صفحة الشهادة.",
        "about": "عن هذا الملف",
        "listed": "قائمة الإلغاء فيه بتاريخ {0} وتذكر {1}.",
        "trust": "يثق بهذه المفاتيح. قارنها بما تنشره المؤسسة:",
    },
}
PRINTED = (
    *("attendance", "achievement", "distinction", "session", "dates", "place", "host", "hours", "presence"),
    *("examinations", "competencies", "level", "issued", "code", "point"),
)

SAID = {
    language: {**own, **{name: getattr(WORDS[language], name) for name in PRINTED}} for language, own in _OWN.items()
}
"""By language and place in the page."""
