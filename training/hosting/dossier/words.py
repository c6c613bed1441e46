"""The words of the summary in the languages of sessions. They are sealed with it, as those of a certificate are."""

from collections.abc import Mapping
from typing import NamedTuple


class Words(NamedTuple):
    """Heads and sentences, with places for what is counted or named."""

    dossier: str
    about: str
    sealed: str
    opened: str
    closed: str
    never: str
    room: str
    people: str
    name: str
    role: str
    seat: str
    trainee: str
    instructor: str
    lead: str
    left: str
    certificate: str
    exhibits: str
    origin: str
    attempts: str
    begun: str
    ended: str
    tries: str
    answers: str
    right: str
    part: str
    wrong: str
    rest: str
    hints: str
    statistics: str
    statistics_note: str
    question: str
    works: str
    mean: str
    interval: str
    discrimination: str
    mistakes: str
    graded: str
    published: str
    version: str
    grader: str
    keys: str
    appeals: str
    kind: str
    made: str
    outcome: str
    complaint: str
    asking: str
    upheld: str
    dismissed: str
    answered: str
    open: str
    critical: str
    examination: str
    error: str
    capped: str
    happened: str
    recorded: str
    appeal: str
    stands: str
    withdrawn: str
    certificates: str
    paper: str
    state: str
    valid: str
    revoked: str
    replaced: str
    audit: str
    events: str
    last: str
    records: str
    records_note: str
    checking: str
    checking_note: str
    none: str

    def said(self, name: str | None) -> str:
        """What a role, a state or an outcome is called."""
        return str(getattr(self, {"question": "asking", None: "open"}.get(name, name or "open")))


WORDS: Mapping[str, Words] = {
    "en": Words(
        dossier="Dossier of the session",
        about="This page repeats in short what the files beside it hold in full. What counts are the files and the "
        "seal under them.",
        sealed="Sealed",
        opened="Opened",
        closed="Closed",
        never="not yet",
        room="Room",
        people="People, attendance, results",
        name="Name",
        role="Role",
        seat="Seat",
        trainee="Trainee",
        instructor="Instructor",
        lead="Lead",
        left="taken out",
        certificate="Certificate",
        exhibits="Exhibits",
        origin="Title and origin",
        attempts="Attempts",
        begun="Begun",
        ended="Ended",
        tries="Findings",
        answers="Findings or answers",
        right="Right",
        part="In part",
        wrong="Wrong",
        rest="Not judged or withdrawn",
        hints="Hints",
        statistics="Statistics of questions",
        statistics_note="Right, in part and wrong count all findings or answers as they are judged now. Mean credit is "
        "that of each person's first try without a hint. Intervals are at 95 %; figures of few people say little. "
        "Discrimination tells how a question goes along with the rest of the work, from 1 to -1.",
        question="Question",
        works="Attempts or people",
        mean="Mean credit",
        interval="Interval",
        discrimination="Discrimination",
        mistakes="Named mistakes",
        graded="Graded by",
        published="as published",
        version="Version",
        grader="Grader",
        keys="SHA-256 of the keys",
        appeals="Appeals",
        kind="Kind",
        made="Made",
        outcome="Outcome",
        complaint="Complaint",
        asking="Question",
        upheld="Upheld",
        dismissed="Dismissed",
        answered="Answered",
        open="Open",
        critical="Critical errors of examinations",
        examination="Examination, sitting",
        error="Error",
        capped="not passed: critical error",
        happened="What happened, where",
        recorded="Recorded",
        appeal="Appeal",
        stands="Stands",
        withdrawn="Withdrawn",
        certificates="Certificates",
        paper="SHA-256 of the paper",
        state="State",
        valid="Valid",
        revoked="Revoked",
        replaced="Replaced",
        audit="Audit chain",
        events="{0} events of the installation, {1} of them about this session, in full",
        last="Digest of the last event",
        records="Numbers of records",
        records_note="Each kind is a file in the folder records.",
        checking="How to check it",
        checking_note="With Python 3.9 or later, without a network. Get the fingerprint of the key from the host, by "
        "another way than this file.",
        none="None",
    ),
    "fr": Words(
        dossier="Dossier de la session",
        about="Cette page répète en bref ce que les fichiers joints contiennent en entier. Seuls comptent les fichiers "
        "et le sceau qui les couvre.",
        sealed="Scellé",
        opened="Ouverte",
        closed="Close",
        never="pas encore",
        room="Salle",
        people="Personnes, présence, résultats",
        name="Nom",
        role="Rôle",
        seat="Place",
        trainee="Stagiaire",
        instructor="Formateur",
        lead="Responsable",
        left="retiré de la session",
        certificate="Certificat",
        exhibits="Pièces à conviction",
        origin="Titre et origine",
        attempts="Tentatives",
        begun="Commencée",
        ended="Terminée",
        tries="Constatations",
        answers="Constatations ou réponses",
        right="Justes",
        part="En partie",
        wrong="Fausses",
        rest="Non jugées ou retirées",
        hints="Indices",
        statistics="Statistiques des questions",
        statistics_note="Justes, en partie et fausses comptent toutes les constatations ou réponses telles qu'elles "
        "sont jugées maintenant. Le crédit moyen est celui du premier essai de chaque personne, sans indice. Les "
        "intervalles sont à 95 % ; les chiffres de peu de personnes disent peu. La discrimination dit comment une "
        "question va de pair avec le reste du travail, de 1 à -1.",
        question="Question",
        works="Tentatives ou personnes",
        mean="Crédit moyen",
        interval="Intervalle",
        discrimination="Discrimination",
        mistakes="Erreurs nommées",
        graded="Jugées par",
        published="comme publiée",
        version="Version",
        grader="Correcteur",
        keys="SHA-256 des clés",
        appeals="Recours",
        kind="Genre",
        made="Déposé",
        outcome="Issue",
        complaint="Réclamation",
        asking="Question",
        upheld="Admis",
        dismissed="Rejeté",
        answered="Répondu",
        open="Ouvert",
        critical="Erreurs critiques des examens",
        examination="Examen, session",
        error="Erreur",
        capped="non réussi : erreur critique",
        happened="Ce qui s\u2019est passé, où",
        recorded="Enregistrée",
        appeal="Recours",
        stands="Maintenue",
        withdrawn="Retirée",
        certificates="Certificats",
        paper="SHA-256 du papier",
        state="État",
        valid="Valable",
        revoked="Révoqué",
        replaced="Remplacé",
        audit="Chaîne d'audit",
        events="{0} événements de l'installation, dont {1} de cette session, en entier",
        last="Empreinte du dernier événement",
        records="Nombres d'enregistrements",
        records_note="Chaque genre est un fichier du dossier records.",
        checking="Comment le vérifier",
        checking_note="Avec Python 3.9 ou plus récent, sans réseau. Demandez l'empreinte de la clé à l'organisme "
        "d'accueil, par une autre voie que ce fichier.",
        none="Aucun",
    ),
    "ar": Words(
        dossier="ملف الدورة",
        about="تكرر هذه الصفحة باختصار ما تحويه الملفات المرافقة كاملا. والعبرة بالملفات وبالختم الذي عليها.",
        sealed="تاريخ الختم",
        opened="الافتتاح",
        closed="الإغلاق",
        never="لم يحدث بعد",
        room="القاعة",
        people="الأشخاص والحضور والنتائج",
        name="الاسم",
        role="الدور",
        seat="المقعد",
        trainee="متدرب",
        instructor="مدرب",
        lead="المدرب الرئيسي",
        left="أخرج من الدورة",
        certificate="الشهادة",
        exhibits="الأدلة (exhibits)",
        origin="العنوان والمصدر",
        attempts="المحاولات",
        begun="البداية",
        ended="النهاية",
        tries="نتائج الفحص",
        answers="نتائج الفحص أو الإجابات",
        right="صحيح",
        part="صحيح جزئيا",
        wrong="خطأ",
        rest="لم يحكم فيه أو سحب",
        hints="التلميحات",
        statistics="إحصاءات الأسئلة",
        statistics_note="يعد الصحيح والصحيح جزئيا والخطأ كل نتائج الفحص أو الإجابات كما حكم فيها الآن. ومتوسط الدرجة "
        "هو متوسط المحاولة الأولى لكل شخص دون تلميح. والمجالات بثقة 95 %، وأرقام القلة لا تدل على الكثير. ويبين "
        "التمييز مدى سير السؤال مع بقية العمل، من 1 إلى -1.",
        question="السؤال",
        works="المحاولات أو الأشخاص",
        mean="متوسط الدرجة",
        interval="المجال",
        discrimination="التمييز",
        mistakes="الأخطاء المسماة",
        graded="حكم فيها بـ",
        published="كما نشرت",
        version="النسخة",
        grader="المصحح",
        keys="SHA-256 للمفاتيح",
        appeals="التظلّمات",
        kind="النوع",
        made="تاريخ التقديم",
        outcome="المآل",
        complaint="شكوى",
        asking="سؤال",
        upheld="قبل",
        dismissed="رفض",
        answered="أجيب عنه",
        open="مفتوح",
        critical="الأخطاء الحرجة في الامتحانات",
        examination="الامتحان، الجلسة",
        error="الخطأ",
        capped="لم يُجتز: خطأ حرج",
        happened="ما حدث، وأين",
        recorded="سُجّل",
        appeal="التظلّم",
        stands="قائم",
        withdrawn="أُلغي",
        certificates="الشهادات",
        paper="SHA-256 للورقة",
        state="الحالة",
        valid="صالحة",
        revoked="ملغاة",
        replaced="مستبدلة",
        audit="سلسلة التدقيق",
        events="{0} حدثا في المنصة، منها {1} عن هذه الدورة كاملة",
        last="بصمة الحدث الأخير",
        records="أعداد السجلات",
        records_note="كل نوع ملف في المجلد records.",
        checking="كيف يتحقق منه",
        checking_note="ببايثون 3.9 أو أحدث ودون شبكة. اطلب بصمة المفتاح من الجهة المضيفة بطريق غير هذا الملف.",
        none="لا شيء",
    ),
}
