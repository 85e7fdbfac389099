"""The page to type a reference, and the one answer to whatever is no bill."""

from mizan.domain.references import REFERENCE_LENGTH, is_reference
from mizan.entrypoints.pages.html import EMPTY, Html, fill
from mizan.entrypoints.pages.layout import Page, View, page

TYPED_LENGTH_MAX = 40

FORM = """<h1>$title</h1>
<section><form method="get" action="$action">
<input type="hidden" name="lang" value="$lang">
<label class="label" for="reference">$label</label>
<span class="hint" id="reference-hint">$hint</span>$error
<input type="text" id="reference" name="reference" value="$typed" inputmode="numeric" autocomplete="off" required
 maxlength="40" aria-describedby="reference-hint$described"$invalid>
<button>$button</button>
</form></section>"""


def find_page(view: View) -> Page:
    return page(view, view.text("find_title"), _form(view, view.text("find_title"), "", EMPTY))


def not_found_page(view: View, typed: str) -> Page:
    """The same for wrong check digits, an unknown bill and an unknown attempt: nothing is learned from trying."""
    error = fill('<span class="error" id="reference-error" role="alert">$text</span>', text=view.text("not_found"))
    body = _form(view, view.text("not_found_title"), typed[:TYPED_LENGTH_MAX], error)
    return page(view, view.text("not_found_title"), body, status=404)


def typed_reference(text: str) -> str | None:
    """The reference that somebody typed, with blanks, hyphens or Arabic digits; None where it cannot be one."""
    digits = "".join(character for character in text[: 4 * REFERENCE_LENGTH] if character not in " -\u00a0\u200f\u200e")
    if not digits.isdecimal():
        return None
    reference = "".join(str(int(digit)) for digit in digits)
    return reference if is_reference(reference) else None


def _form(view: View, title: str, typed: str, error: Html) -> Html:
    return fill(
        FORM,
        title=title,
        action=view.link("/pay"),
        lang=view.language,
        label=view.text("find_label"),
        hint=view.text("find_hint"),
        error=error,
        typed=typed,
        described=" reference-error" if error else "",
        invalid=Html(' aria-invalid="true"') if error else EMPTY,
        button=view.text("find_button"),
    )
