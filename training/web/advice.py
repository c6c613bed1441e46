"""What the page of an error says beside its message: its heading, what is kept, and what to do."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _


@dataclass(frozen=True, slots=True)
class Advice:
    """Sentences in the reader's language; `kept` and `todo` are empty where the message itself says it."""

    title: str
    kept: str = ""
    todo: str = ""


UNCHANGED = _("Nothing was changed. What was saved before is still there.")
OTHER = Advice(_("The request can't be answered"), UNCHANGED, _("Go back to the page before and try once more."))
ADVICE = {
    400: Advice(
        _("Not understood"),
        UNCHANGED,
        _("Open the page anew and send it once more. A page that stood open for long can be stale."),
    ),
    403: Advice(
        _("Not open to you"),
        UNCHANGED,
        _("If your work needs it, ask an instructor or the host of your organisation for the role."),
    ),
    404: Advice(
        _("Not found"),
        UNCHANGED,
        _("Look at the address for a typing error. If a link led here, it may be out of date: go on from the start."),
    ),
    405: Advice(
        _("Not answered in this way"),
        UNCHANGED,
        _("Open the page from the menu, and use the buttons that stand on it."),
    ),
    409: Advice(
        _("In the way"), UNCHANGED, _("Open the page anew to see how things stand now, then decide once more.")
    ),
    410: Advice(
        _("No longer there"),
        UNCHANGED,
        _("It was taken away for good. Whoever gave you the address knows what stands in its place."),
    ),
    413: Advice(
        _("Too large"),
        _("Nothing of it was kept. What you typed is still in the form: go back with your browser."),
        _("Shorten it or divide it, then send it again."),
    ),
    422: Advice(_("Not accepted as it stands"), UNCHANGED, _("Correct what the message names and send it again.")),
    429: Advice(
        _("Too many requests"),
        _("This request was not carried out. What was saved before is still there."),
        _("Wait a minute, then try once more."),
    ),
    500: Advice(
        _("A fault on the server"),
        _("Nothing that you saw confirmed is lost. Whether your last entry arrived, the page before shows."),
        _("Try once more. If it comes again, give the number to whoever runs the server."),
    ),
    503: Advice(
        _("Not available"),
        _("Nothing was changed, and everything that was saved is still there."),
        _("Try again in a few minutes. If it stays so, tell whoever runs the server."),
    ),
    507: Advice(_("Not kept: the disk is full")),
}
