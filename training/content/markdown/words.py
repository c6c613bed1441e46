"""The words of the program that stand inside an author's text, on pages and in copies: in the language of the text."""

from collections.abc import Mapping
from typing import NamedTuple


class Words(NamedTuple):
    """Labels and sentences, with places for what is counted or named."""

    figure: str
    table: str
    notes: str
    note: str
    back: str
    back_label: str
    exhibit: str
    rows: str
    rows_where: str
    comma: str
    contents: str
    module: str
    aims: str
    question: str
    choose_one: str
    choose_all: str
    statement: str
    order: str
    matching: str
    write: str
    lab: str
    exercise: str
    in_engram: str
    national: str
    ask: str
    belongs: str
    sources: str
    marks: str
    reading: str  # for the mark Reading
    glossary: str
    authors: str
    licence: str
    release: str
    copy: str
    vsl: str


WORDS: Mapping[str, Words] = {
    "en": Words(
        figure="Figure {0}",
        table="Table",
        notes="Notes",
        note="Note {0}",
        back="Back",
        back_label="Back to the text",
        exhibit="Exhibit",
        rows="{0} of {1} rows",
        rows_where="{0} of the {1} rows where {3}, of {2} in all",
        comma=",",
        contents="Contents",
        module="Module {0}",
        aims="After this module you can",
        question="Question {0} of {1}",
        choose_one="One answer is right.",
        choose_all="Choose all that hold.",
        statement="True or false, and for which reason?",
        order="Put into order.",
        matching="Which of these belongs to which line?",
        write="Write down the answer.",
        lab="Lab",
        exercise="Exercise",
        in_engram="To be done in Engram.",
        national="National law",
        ask="No national note in this copy. Ask your instructor.",
        belongs="What belongs here:",
        sources="Sources",
        marks=(
            "V1: the primary source was read. V2: two independent secondary sources agree. V3: one good secondary "
            "source. Course reading: no fact, but the course's own method or its argued reading of a text, which "
            "others may read otherwise. The date is that of the check."
        ),
        reading="Course reading",
        glossary="Glossary",
        authors="Authors: {0}",
        licence="Licence: {0}",
        release="Release {0}, of {1}. SHA-256 of its files: {2}",
        copy="A copy to read offline. Questions are answered, and their keys explained, in Engram.",
        vsl=(
            "This course shows output of Volatility 3, whose source is published by the Volatility Foundation under "
            "the Volatility Software License, version 1.0: https://www.volatilityfoundation.org/license/vsl-v1.0"
        ),
    ),
    "fr": Words(
        figure="Figure {0}",
        table="Tableau",
        notes="Notes",
        note="Note {0}",
        back="Retour",
        back_label="Retour au texte",
        exhibit="Pièce",
        rows="{0} lignes sur {1}",
        rows_where="{0} des {1} lignes où {3}, sur {2} en tout",
        comma=",",
        contents="Sommaire",
        module="Module {0}",
        aims="Après ce module, vous savez",
        question="Question {0} sur {1}",
        choose_one="Une seule réponse est juste.",
        choose_all="Choisissez toutes celles qui sont justes.",
        statement="Vrai ou faux, et pour quelle raison ?",
        order="Mettez dans l'ordre.",
        matching="Lequel de ces éléments correspond à chaque ligne ?",
        write="Notez la réponse.",
        lab="Travaux pratiques",
        exercise="Exercice",
        in_engram="À faire dans Engram.",
        national="Droit national",
        ask="Pas de note nationale dans cette copie. Adressez-vous à votre formateur.",
        belongs="Ce qui doit figurer ici :",
        sources="Sources",
        marks=(
            "V1 : la source primaire a été lue. V2 : deux sources secondaires indépendantes concordent. V3 : une bonne "
            "source secondaire. Lecture du cours : non un fait, mais la méthode propre au cours ou sa lecture "
            "argumentée d'un texte, que d'autres peuvent lire autrement. La date est celle de la vérification."
        ),
        reading="Lecture du cours",
        glossary="Glossaire",
        authors="Auteurs : {0}",
        licence="Licence : {0}",
        release="Version {0}, du {1}. SHA-256 de ses fichiers : {2}",
        copy="Copie à lire hors ligne. On répond aux questions dans Engram, qui en explique les réponses.",
        vsl=(
            "Ce cours montre des sorties de Volatility 3, dont le code source est publié par la Volatility Foundation "
            "sous la Volatility Software License, version 1.0 : https://www.volatilityfoundation.org/license/vsl-v1.0"
        ),
    ),
    "ar": Words(
        figure="الشكل {0}",
        table="جدول",
        notes="الحواشي",
        note="الحاشية {0}",
        back="عودة",
        back_label="العودة إلى النص",
        exhibit="الدليل",
        rows="{0} من أصل {1} من الصفوف",
        rows_where="{0} من أصل {1} من الصفوف التي فيها {3}، من مجموع {2}",
        comma="،",
        contents="المحتويات",
        module="الوحدة {0}",
        aims="بعد هذه الوحدة تستطيع أن",
        question="السؤال {0} من {1}",
        choose_one="إجابة واحدة صحيحة.",
        choose_all="اختر كل ما هو صحيح.",
        statement="صحيح أم خطأ، ولأي سبب؟",
        order="رتّب ما يلي.",
        matching="أيُّ هذه العناصر يقابل كل سطر؟",
        write="اكتب الإجابة.",
        lab="مختبر",
        exercise="تمرين",
        in_engram="يُنجز في Engram.",
        national="القانون الوطني",
        ask="لا توجد ملاحظة وطنية في هذه النسخة. اسأل مدربك.",
        belongs="ما ينبغي أن يرد هنا:",
        sources="المصادر",
        marks=(
            "V1: قُرئ المصدر الأصلي. V2: يتفق مصدران ثانويان مستقلان. V3: مصدر ثانوي واحد جيد. قراءة المقرر: ليست "
            "واقعة، بل منهج المقرر نفسه أو قراءته المعلَّلة لنص قد يقرؤه غيره قراءة أخرى. والتاريخ هو تاريخ التحقق."
        ),
        reading="قراءة المقرر",
        glossary="المسرد",
        authors="المؤلفون: {0}",
        licence="الترخيص: {0}",
        release="الإصدار {0} بتاريخ {1}. بصمة SHA-256 لملفاته: {2}",
        copy="نسخة للقراءة دون اتصال. تُجاب الأسئلة وتُشرح إجاباتها في Engram.",
        vsl=(
            "يعرض هذا المقرر مخرجات Volatility 3 الذي تنشر مؤسسة Volatility شفرته المصدرية بموجب ترخيص "
            "Volatility Software License، الإصدار 1.0: https://www.volatilityfoundation.org/license/vsl-v1.0"
        ),
    ),
}  # fmt: skip


def words(language: str) -> Words:
    """The words for texts in a language; English where there are none."""
    return WORDS.get(language, WORDS["en"])


def direction(language: str) -> str:
    """`rtl` or `ltr`."""
    return "rtl" if language == "ar" else "ltr"
