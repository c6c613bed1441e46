"""The words of the program in a copy of a course, in the language of its text."""

from collections.abc import Mapping
from typing import NamedTuple


class Labels(NamedTuple):
    """Labels and sentences, with places for what is counted or named."""

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
    glossary: str
    authors: str
    licence: str
    release: str
    copy: str
    vsl: str


LABELS: Mapping[str, Labels] = {
    "en": Labels(
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
            "source. The date is that of the check."
        ),
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
    "fr": Labels(
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
            "source secondaire. La date est celle de la vérification."
        ),
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
    "ar": Labels(
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
            "V1: قُرئ المصدر الأصلي. V2: يتفق مصدران ثانويان مستقلان. V3: مصدر ثانوي واحد جيد. والتاريخ هو تاريخ التحقق."
        ),
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


def labels(language: str) -> Labels:
    """The labels for a language; English where there are none."""
    return LABELS.get(language, LABELS["en"])


def direction(language: str) -> str:
    """`rtl` or `ltr`."""
    return "rtl" if language == "ar" else "ltr"
