"""The words with which a new course or module begins, in the language of the course."""

from typing import NamedTuple


class Beginning(NamedTuple):
    """Texts that an author replaces. They stand in the files of a course, and its check finds no mistake in them."""

    summary: str
    module: str
    feeds: tuple[str, ...]  # lines of a comment
    objective: str
    source: str
    opening: str
    section: str
    text: str
    alternative: str
    caption: str
    stem: str
    right: str
    wrong: tuple[str, str]
    explanation: str
    feedback: tuple[str, str]
    boxes: tuple[str, str]


BEGINNINGS = {
    "en": Beginning(
        summary="What a reader can do afterwards, in one to three sentences.",
        module="First module",
        feeds=(
            "feeds: the competencies, K1 to K16, that an objective leads to. Answers count for them in the courses",
            "that came with the program; in any other course it tells readers and authors alone.",
        ),
        objective="Name the parts of the example",
        source="Author, title, year, section",
        opening="Say in two sentences what this module is about and why it matters at work.",
        section="The first section",
        text="Write the text here. The figure shows where things stand.",
        alternative="Two boxes, joined by a line: the first leads to the second.",
        caption="An example with two parts.",
        stem="What joins the two parts of the example?",
        right="A line from left to right",
        wrong=("A box around both of them", "A circle between the two"),
        explanation="The figure shows one line, from the first part to the second.",
        feedback=("No box stands around both parts.", "There is no circle in the figure."),
        boxes=("first", "second"),
    ),
    "fr": Beginning(
        summary="Ce que le lecteur sait faire ensuite, en une à trois phrases.",
        module="Premier module",
        feeds=(
            "feeds : les compétences, K1 à K16, auxquelles mène un objectif. Les réponses comptent pour elles dans les",
            "cours fournis avec le programme ; ailleurs, c'est une information pour lecteurs et auteurs.",
        ),
        objective="Nommer les parties de l'exemple",
        source="Auteur, titre, année, section",
        opening="Dites en deux phrases de quoi parle ce module et pourquoi il compte dans le travail.",
        section="La première section",
        text="Écrivez le texte ici. La figure montre où se trouvent les choses.",
        alternative="Deux cadres reliés par un trait : le premier mène au second.",
        caption="Un exemple en deux parties.",
        stem="Qu'est-ce qui relie les deux parties de l'exemple ?",
        right="Un trait de gauche à droite",
        wrong=("Un cadre autour des deux", "Un cercle entre les deux"),
        explanation="La figure montre un seul trait, de la première partie à la seconde.",
        feedback=("Aucun cadre n'entoure les deux parties.", "Il n'y a pas de cercle dans la figure."),
        boxes=("première", "seconde"),
    ),
    "ar": Beginning(
        summary="ما يستطيع القارئ فعله بعد المقرر، في جملة إلى ثلاث جمل.",
        module="الوحدة الأولى",
        feeds=(
            "feeds: الكفاءات، من K1 إلى K16، التي يقود إليها الهدف. تُحتسب الإجابات لها في المقررات المرفقة بالبرنامج؛",
            "وفي أي مقرر آخر هي معلومة للقراء والمؤلفين فقط.",
        ),
        objective="تسمية أجزاء المثال",
        source="المؤلف، العنوان، السنة، القسم",
        opening="اذكر في جملتين موضوع هذه الوحدة وسبب أهميتها في العمل.",
        section="القسم الأول",
        text="اكتب النص هنا. يبيّن الشكل موضع كل شيء.",
        alternative="إطاران يصل بينهما خط: الأول يقود إلى الثاني.",
        caption="مثال من جزأين.",
        stem="ما الذي يصل بين جزأي المثال؟",
        right="خط يمتد بين الجزأين",
        wrong=("إطار يحيط بالجزأين معًا", "دائرة تقع بين الجزأين"),
        explanation="يبيّن الشكل خطًّا واحدًا من الجزء الأول إلى الثاني.",
        feedback=("لا إطار يحيط بالجزأين.", "لا دائرة في الشكل."),
        boxes=("الأول", "الثاني"),
    ),
}


def beginning(language: str) -> Beginning:
    """The words in a language; in English where there are none."""
    return BEGINNINGS.get(language, BEGINNINGS["en"])
