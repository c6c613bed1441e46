"""Names of columns, as people write them in English, French, Arabic and Russian."""

import unicodedata

FIELDS = ("name", "family", "given", "number", "login", "email", "seat", "role", "language", "extra", "note")
"""What a column can hold. `family` and `given` are two columns of one name."""

SYNONYMS: dict[str, str] = {
    "name": "name, full name, fullname, person, participant, participants, trainee, trainees, student, students, "
    "learner, name and surname, nom complet, nom et prénom, nom et prénoms, nom prénom, prénom et nom, "
    "participant(e), stagiaire, stagiaires, étudiant, apprenant, الاسم, الاسم الكامل, اسم, الاسم واللقب, "
    "المشارك, المتدرب, اسم المتدرب, اسم المشارك, имя и фамилия, фио, полное имя, участник, слушатель, "
    "студент",
    "family": "family, family name, last name, lastname, surname, second name, nom, nom de famille, noms, اللقب, "
    "اسم العائلة, العائلة, الكنية, фамилия",
    "given": "given, given name, given names, first name, firstname, forename, first names, prénom, prénoms, الاسم "
    "الأول, الاسم الشخصي, имя, имя и отчество",
    "number": "number, no, no., nr, id, ids, student id, student number, staff number, service number, badge, "
    "matricule, badge number, personal number, permanent number, numéro, n°, numéro de matricule, "
    "identifiant unique, الرقم, رقم, الرقم الوظيفي, رقم الطالب, الرقم الشخصي, المعرف, номер, табельный "
    "номер, личный номер, ид",
    "login": "login, sign-in name, signin name, sign in name, user, username, user name, account, identifiant, "
    "identifiant de connexion, nom d'utilisateur, compte, utilisateur, nom de connexion, اسم المستخدم, "
    "الحساب, اسم الدخول, логин, имя пользователя, учётная запись",
    "email": "email, e-mail, e-mail address, email address, mail, courriel, adresse e-mail, adresse électronique, "
    "mél, البريد, البريد الإلكتروني, عنوان البريد الإلكتروني, почта, электронная почта, эл. почта",
    "seat": "seat, place, desk, seat number, siège, poste, numéro de place, المقعد, مقعد, رقم المقعد, место, "
    "номер места",
    "role": "role, function, fonction, الدور, الصفة, роль",
    "language": "language, lang, langue, اللغة, язык",
    "extra": "extra time, extra time in percent, extra time percent, extra time (%), extra percent, extra, temps "
    "supplémentaire, tiers temps, temps supplémentaire (%), temps supplémentaire en pour cent, majoration de "
    "temps, الوقت الإضافي, وقت إضافي, الوقت الإضافي بالنسبة المئوية, дополнительное время",
    "note": "note, notes, group, agency, group or agency, unit, organisation, organization, remark, groupe, service, "
    "organisme, unité, remarque, groupe ou service, الفئة أو الجهاز, المجموعة, الجهة, الوحدة, ملاحظة, группа, "
    "ведомство, организация, подразделение, примечание",
}
ROLES = {
    "trainee": "trainee, student, learner, participant, stagiaire, étudiant, apprenant, متدرب, طالب, مشارك, "
    "слушатель, студент, участник",
    "instructor": "instructor, teacher, trainer, formateur, formatrice, instructeur, enseignant, enseignante, مدرب, "
    "مدرس, معلم, инструктор, преподаватель",
    "lead": "lead, lead instructor, responsable, formateur responsable, المدرب الرئيسي, ведущий",
}
LANGUAGES = {
    "en": "en, english, anglais, الإنجليزية, الانجليزية, английский",
    "fr": "fr, french, français, francais, الفرنسية, французский",
    "ar": "ar, arabic, arabe, العربية, арабский",
}


def key(text: str) -> str:
    """A text as it is compared: compatibility forms, case, accents, hidden marks and the Arabic tatweel don't count."""
    wide = unicodedata.normalize("NFKD", text).casefold()
    kept = (one for one in wide if unicodedata.category(one) not in {"Mn", "Cf", "Cc"} and one != "\u0640")
    return " ".join("".join(kept).replace("_", " ").split()).strip(" :*")


def _by_word(table: dict[str, str]) -> dict[str, str]:
    return {key(word): name for name, words in table.items() for word in words.split(",")}


COLUMNS, ROLE_OF, LANGUAGE_OF = _by_word(SYNONYMS), _by_word(ROLES), _by_word(LANGUAGES)


def columns(cells: tuple[str, ...]) -> dict[int, str]:
    """Which column holds what, as its head says; empty where this row is no head.

    A head says where names are, or has two known words. French heads have `Nom` for the whole name as well as for the
    family name: it is the whole one where no column has given names.
    """
    found = {at: COLUMNS[word] for at, cell in enumerate(cells) if (word := key(cell)) in COLUMNS}
    if not {"name", "family", "given"} & set(found.values()) and len(set(found.values())) < 2:  # noqa: PLR2004 - two words
        return {}
    if "given" not in found.values():
        found = {at: "name" if name == "family" else name for at, name in found.items()}
    if "given" in found.values() and not {"family", "name"} & set(found.values()):
        found = {at: "name" if name == "given" else name for at, name in found.items()}
    return found
