"""Lists of people who don't exist, as systems of thirty years wrote them: many names, one encoding."""
# ruff: noqa: RUF001

import random
import unicodedata
from collections.abc import Iterator

NAMES: dict[str, tuple[str, str]] = {
    "French": (
        (
            "Zoé Noël Hélène François Élodie Jérôme Gaëlle Benoît Anaïs Françoise André Émile Maïté Rémi Chloé "
            "Thérèse Loïc Agnès Théo Solène Jean Marie Paul Claire Luc Sophie Aurélie Cédric Stéphane Inès "
            "Grégoire Maëlys"
        ),
        (
            "Lefèvre Maçon Bérenger Châtelain Dubois Crépin Fournier Gérard Hébert Léger Mélançon Pélissier "
            "Thévenot Rivière Garçon Forêt Sénéchal Dupré Côté Béranger Martin Picard Besançon Prévost Guérin "
            "Roche Étienne Delaître Hénault"
        ),
    ),
    "German": (
        "Jürgen Käthe Günther Björn Jörg Anna Ute Sören Bärbel Götz Ludwig Änne Müslüm Klaus Frieda Uwe",
        (
            "Müller Schröder Weiß Größer Köhler Jäger Schäfer Böhm Krüger Groß Schmidt Bäcker Öhler Vogel Lübke "
            "Strauß Kühn"
        ),
    ),
    "Spanish": (
        "José María Ángel Inés Begoña Andrés Sofía Raúl Mónica Iñigo Lucía Óscar Ana Pablo Ramón Verónica",
        ("García López Muñoz Núñez Peña Martínez Gutiérrez Ibáñez Ordóñez Ruiz Díaz Pérez Cañete Yáñez Rincón Castaño"),
    ),
    "Turkish": (
        (
            "Ayşe Gökhan İbrahim Çağla Şule Işıl Oğuz Özlem Ümit Barış Tuğba Nazlı Çetin Gülşen Yiğit Aslı Fatma "
            "Ali Doğan Kıvanç Sıla Şükrü Hüseyin Tülin"
        ),
        (
            "Yıldız Öztürk Şahin Çelik Güneş Kılıç Aydın Doğan Koç Yılmaz Arslan Bozdağ Çakır Ünlü Işık Akgün "
            "Taşçı Yüksel Korkmaz Erdoğdu Kızılırmak Demirbaş Özkan Sağlam"
        ),
    ),
    "Russian": (
        (
            "Пётр Ольга Олег Ирина Сергей Наталья Дмитрий Юлия Алексей Татьяна Семён Людмила Фёдор Эльвира Игорь "
            "Анна Яков Жанна Михаил Щепан Андрей Зоя Евгений Любовь Хасан Вячеслав"
        ),
        (
            "Иванов Смирнова Кузнецов Соловьёв Зайцева Щербаков Юрьев Цветкова Жуков Шишкина Чайкин Хохлова "
            "Яковлев Подъячев Эрнст Фомина Белых Козлов Мышкин Воробьёва Григорьев Новиков Дьяков Лебедева "
            "Суворин Тихомиров"
        ),
    ),
    "Arabic": (
        (
            "محمد فاطمة أحمد خديجة يوسف عائشة إبراهيم مريم علي زينب عمر سلمى طارق ليلى حسن نور خالد هدى ياسين "
            "سعاد كريم أمينة مصطفى رقية جمال غادة وليد صفية بشير ضحى"
        ),
        (
            "الأمين الزهراء الحسني المنصوري العلوي بنعيسى الفاسي القاسمي الطرابلسي الخوري الشريف البغدادي الحداد "
            "النجار التونسي الصالح العطار الجزائري الدمشقي الهاشمي الرشيد السعيد الكاتب الغزالي المالكي الورتاني"
        ),
    ),
}
HEADS = {
    "French": "Nom;Prénom;Matricule",
    "German": "Name;Vorname;Matrikelnummer",
    "Spanish": "Apellidos;Nombre;Número",
    "Turkish": "Ad;Soyad;Numara",
    "Russian": "Фамилия;Имя;Номер",
    "Arabic": "الاسم;اللقب;الرقم",
}
WRITTEN: dict[str, tuple[str, ...]] = {
    "cp1252": ("French", "German", "Spanish"),
    "cp1254": ("Turkish", "French", "German", "Spanish"),
    "cp1251": ("Russian",),
    "cp1256": ("Arabic", "French"),
    "cp437": ("French", "German", "Spanish"),
    "cp850": ("French", "German", "Spanish"),
    "cp857": ("Turkish", "French", "German", "Spanish"),
    "cp866": ("Russian",),
    "cp720": ("Arabic", "French"),
    "cp864": ("Arabic",),
    "mac_roman": ("French", "German", "Spanish"),
    "mac_turkish": ("Turkish",),
    "mac_cyrillic": ("Russian",),
    "mac_arabic": ("Arabic", "French"),
    "utf-16-le": tuple(NAMES),
    "utf-16-be": tuple(NAMES),
}
"""Which names lists in each encoding have."""
APART = set("اأإآدذرزوؤةىء")
"""Letters that don't join the next one."""


def lists(encoding: str, language: str, many: int, seed: int = 0) -> Iterator[tuple[bytes, str]]:
    """So many lists of 1 to 30 people, some in capitals, some without heads: bytes, and what they should read as."""
    draw = random.Random(f"{encoding} {language} {seed}")  # noqa: S311 - lists that can be made again
    while many:
        text = _list(draw, language)
        try:
            data = encoded(text, encoding)
        except UnicodeEncodeError:  # a capital letter that it doesn't have
            continue
        if not text.isascii():
            yield data, text
            many -= 1


def _list(draw: random.Random, language: str) -> str:
    given, family = (names.split() for names in NAMES[language])
    rows = [
        f"{draw.choice(family)};{draw.choice(given)};{draw.randrange(10**5):05}" for _ in range(draw.randint(1, 30))
    ]
    if draw.random() < 0.2:
        rows = [one.upper() for one in rows]
    if draw.random() < 0.7:
        rows.insert(0, HEADS[language])
    end = draw.choice(("\n", "\r\n"))
    return end.join(rows) + end


def encoded(text: str, encoding: str) -> bytes:
    """A text as a system with this encoding wrote it. ASCII stays ASCII everywhere, and DOS 864 has shapes."""
    if encoding.startswith("utf"):
        return text.encode(encoding)
    shaped = _shaped(text) if encoding == "cp864" else text
    return b"".join(one.encode() if one.isascii() else one.encode(encoding) for one in shaped)


def _shaped(text: str) -> str:
    """Arabic letters as their shapes, of those that DOS 864 has."""
    found = []
    for at, letter in enumerate(text):
        before = at > 0 and _arabic(text[at - 1]) and text[at - 1] not in APART
        after = at + 1 < len(text) and _arabic(text[at + 1]) and letter not in APART and text[at + 1] != "ء"
        wanted = {(0, 0): "ISOLATED", (0, 1): "INITIAL", (1, 0): "FINAL", (1, 1): "MEDIAL"}[before, after]
        found.append(_shape(letter, wanted) if _arabic(letter) else letter)
    return "".join(found)


def _shape(letter: str, wanted: str) -> str:
    near = {"MEDIAL": "INITIAL", "INITIAL": "MEDIAL", "FINAL": "ISOLATED", "ISOLATED": "FINAL"}
    for form in (wanted, near[wanted], *near):
        try:
            shape = unicodedata.lookup(f"{unicodedata.name(letter)} {form} FORM")
            shape.encode("cp864")
        except (KeyError, UnicodeEncodeError):
            continue
        return shape
    return letter


def _arabic(letter: str) -> bool:
    return "\u0621" <= letter <= "\u064a"
