"""The words of a certificate in the languages of sessions.

They are frozen with it, so they don't pass through the catalogue of the interface: whoever reads the paper reads these.
"""

from collections.abc import Mapping
from typing import NamedTuple

from training.credentials.facts import PRESENT

DASH = "\u2013"
"""Between the first and the last of something, and between a name and what it came to."""


class Words(NamedTuple):
    """Labels and sentences, with places for what is counted or named."""

    attendance: str
    achievement: str
    distinction: str
    certifies: str
    attended: str
    achieved: str
    distinguished: str
    session: str
    dates: str
    place: str
    host: str
    hours: str
    presence: str
    half_days: str
    examinations: str
    passed: str
    competencies: str
    competency: str
    level: str
    shown: str
    evidence: str
    none: str
    releases: str
    release: str
    course: str
    lab: str
    exercise: str
    instructors: str
    issued: str
    document: str
    code: str
    key: str
    page_code: str
    offline_code: str
    annex: str
    sheet: str
    sign_host: str
    sign_lead: str
    place_date: str
    zone: str
    check: str
    criteria_attendance: str
    criteria_achievement: str
    criteria_distinction: str
    criteria_share: str
    changes: str
    point: str
    remark: str
    early: str
    demonstration: str

    def title(self, kind: str) -> str:
        """What a certificate of a kind is called."""
        return str(getattr(self, kind))

    def sentence(self, kind: str) -> str:
        """What it says that the holder did."""
        said = {"attendance": self.attended, "achievement": self.achieved, "distinction": self.distinguished}
        return said[kind]

    def criteria(self, kind: str, present: int = PRESENT) -> str:
        """What had to be done for it; `present` percent of the contact time make a half-day attended."""
        if kind == "attendance" and present != PRESENT:
            return self.criteria_share.format(present)
        return str(getattr(self, f"criteria_{kind}"))

    def figure(self, exact: object) -> str:
        """A figure with decimals as people read it: data and signed facts keep their point."""
        return str(exact).replace(".", self.point)

    def used(self, kind: str) -> str:
        """What a release is one of."""
        return str(getattr(self, kind))


WORDS: Mapping[str, Words] = {
    "en": Words(
        attendance="Certificate of attendance",
        achievement="Certificate of achievement",
        distinction="Certificate of achievement with distinction",
        certifies="This certifies that",
        attended="attended this session.",
        achieved="attended this session and passed its examinations.",
        distinguished="attended this session and passed its examinations with distinction.",
        session="Session",
        dates="Dates",
        place="Place",
        host="Host",
        hours="Contact hours attended",
        presence="Attendance",
        half_days="{0} of {1} half-days",
        examinations="Examinations",
        passed="passed",
        competencies="Competencies shown",
        competency="Competency",
        level="Level",
        shown="Last shown",
        evidence="Evidence",
        none="None with evidence",
        releases="Course and lab releases used",
        release="Release",
        course="Course",
        lab="Lab",
        exercise="Exercise",
        instructors="Instructors",
        issued="Issued",
        document="Document",
        code="Code",
        key="Signed with the key",
        page_code="Page that repeats every fact",
        offline_code="Signed facts, to check without internet",
        annex="What this certificate rests on",
        sheet="Page {0} of {1}",
        sign_host="For the host",
        sign_lead="For the instructors",
        place_date="Place and date",
        zone="days in {0}",
        check=(
            "To check this paper, type its code on the page above, or scan the larger square and paste it into the "
            "offline verifier of the site. Compare all facts. Both also say whether the certificate was revoked."
        ),
        criteria_attendance="Present for at least three quarters of the contact time in enough half-days.",
        criteria_achievement=(
            "Attendance, every examination half-day included; every examination passed; no critical error standing."
        ),
        criteria_distinction="Achievement, with a high mean of all examinations and none of them far below it.",
        criteria_share="Present for at least {0} percent of the contact time in enough half-days.",
        changes="Rules that were changed after the session was opened",
        point=".",
        remark="Please note",
        early="Issued before the session ended: half-days that were still ahead count as they were recorded then.",
        demonstration="Demonstration, not a certificate: only the computer that made it can look it up.",
    ),
    "fr": Words(
        attendance="Attestation de présence",
        achievement="Certificat de réussite",
        distinction="Certificat de réussite avec mention",
        certifies="Il est certifié que",
        attended="a suivi cette session.",
        achieved="a suivi cette session et en a réussi les examens.",
        distinguished="a suivi cette session et en a réussi les examens avec mention.",
        session="Session",
        dates="Dates",
        place="Lieu",
        host="Organisme d'accueil",
        hours="Heures de formation suivies",
        presence="Présence",
        half_days="demi-journées : {0} sur {1}",
        examinations="Examens",
        passed="réussi",
        competencies="Compétences démontrées",
        competency="Compétence",
        level="Niveau",
        shown="Démontrée le",
        evidence="Preuve",
        none="Aucune avec preuve",
        releases="Versions des cours et des travaux pratiques",
        release="Version",
        course="Cours",
        lab="Travaux pratiques",
        exercise="Exercice",
        instructors="Formateurs",
        issued="Délivré le",
        document="Document",
        code="Code",
        key="Signé avec la clé",
        page_code="Page qui répète chaque fait",
        offline_code="Faits signés, à vérifier sans internet",
        annex="Sur quoi ce certificat repose",
        sheet="Page {0} sur {1}",
        sign_host="Pour l'organisme d'accueil",
        sign_lead="Pour les formateurs",
        place_date="Lieu et date",
        zone="jours à l'heure de {0}",
        check=(
            "Pour vérifier ce papier, saisissez son code sur la page ci-dessus, ou scannez le plus grand carré et "
            "collez-le dans le vérificateur hors ligne du site. Comparez tous les faits. Les deux disent aussi si le "
            "certificat a été révoqué."
        ),
        criteria_attendance=(
            "Présence pendant au moins trois quarts du temps de formation d'un nombre suffisant de demi-journées."
        ),
        criteria_achievement=(
            "Présence, y compris à chaque demi-journée d'examen ; chaque examen réussi ; aucune "
            "erreur critique retenue."
        ),
        criteria_distinction="Réussite, avec une moyenne élevée de tous les examens et aucun loin en dessous.",
        criteria_share=(
            "Présence pendant au moins {0} pour cent du temps de formation d'un nombre suffisant de demi-journées."
        ),
        changes="Règles modifiées après l'ouverture de la session",
        point=",",
        remark="À noter",
        early="Délivré avant la fin de la session : les demi-journées à venir comptent comme elles étaient notées.",
        demonstration="Démonstration, sans valeur de certificat : seul l'ordinateur qui l'a produit peut le retrouver.",
    ),
    "ar": Words(
        attendance="شهادة حضور",
        achievement="شهادة اجتياز",
        distinction="شهادة اجتياز بامتياز",
        certifies="نشهد بأن",
        attended="قد حضر هذه الدورة.",
        achieved="قد حضر هذه الدورة واجتاز امتحاناتها.",
        distinguished="قد حضر هذه الدورة واجتاز امتحاناتها بامتياز.",
        session="الدورة",
        dates="التاريخ",
        place="المكان",
        host="الجهة المضيفة",
        hours="ساعات التدريب المحضورة",
        presence="الحضور",
        half_days="{0} من {1} من أنصاف الأيام",
        examinations="الامتحانات",
        passed="ناجح",
        competencies="الكفاءات المثبتة",
        competency="الكفاءة",
        level="المستوى",
        shown="آخر إثبات",
        evidence="الدليل",
        none="لا توجد كفاءة مثبتة بدليل",
        releases="إصدارات المقررات والمختبرات المستخدمة",
        release="الإصدار",
        course="مقرر",
        lab="مختبر",
        exercise="تمرين",
        instructors="المدربون",
        issued="تاريخ الإصدار",
        document="الوثيقة",
        code="الرمز",
        key="موقعة بالمفتاح",
        page_code="الصفحة التي تعرض كل البيانات",
        offline_code="بيانات موقعة للتحقق دون إنترنت",
        annex="ما تستند إليه هذه الشهادة",
        sheet="الصفحة {0} من {1}",
        sign_host="عن الجهة المضيفة",
        sign_lead="عن المدربين",
        place_date="المكان والتاريخ",
        zone="الأيام بتوقيت {0}",
        check=(
            "للتحقق من هذه الورقة أدخل رمزها في الصفحة المذكورة أعلاه، أو امسح المربع الأكبر والصق نصه في أداة التحقق "
            "دون اتصال التابعة للموقع. قارن كل البيانات. وكلتاهما تبين أيضا هل ألغيت الشهادة."
        ),
        criteria_attendance="الحضور ثلاثة أرباع وقت التدريب على الأقل في عدد كاف من أنصاف الأيام.",
        criteria_achievement="الحضور، بما في ذلك كل نصف يوم امتحان؛ واجتياز كل امتحان؛ ودون خطأ حرج قائم.",
        criteria_distinction="الاجتياز بمعدل مرتفع في جميع الامتحانات ودون نتيجة متدنية في أي منها.",
        criteria_share="الحضور {0} في المئة من وقت التدريب على الأقل في عدد كاف من أنصاف الأيام.",
        changes="قواعد غُيّرت بعد افتتاح الدورة",
        point=".",
        remark="ملاحظة",
        early="صدرت قبل انتهاء الدورة: أنصاف الأيام التي لم تنعقد بعد محسوبة كما كانت مسجلة حينها.",
        demonstration="عرض توضيحي وليست شهادة: لا يستطيع البحث عنها إلا الحاسوب الذي أصدرها.",
    ),
}
