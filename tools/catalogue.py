"""Prints the catalogue of OCTO's refusals into docs/octo.md, between its markers."""

from pathlib import Path
from typing import Final

from domain import errors
from domain.refusals import MEANINGS, OTHERWISE, Meaning, Reason
from entrypoints.http.language import Text
from entrypoints.http.problem_texts import PROBLEMS
from entrypoints.http.problems import status_of
from entrypoints.http.reason_texts import REASONS

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "octo.md"
BEGIN: Final = "<!-- refusals -->"
END: Final = "<!-- /refusals -->"


def printed() -> str:
    """Three tables: what each code means at each call, and the words for the shop and for the payer."""
    codes = dict.fromkeys(m.code for m in (*MEANINGS.values(), *OTHERWISE.values()) if m.code)
    return "\n".join(
        [
            "| OCTO's call | code | reason | our answer | the same request again |",
            "| --- | --- | --- | --- | --- |",
            *_rows(),
            "",
            "What the shop is told, by reason:",
            "",
            *_texts({reason: REASONS[reason] for reason in Reason}, "reason"),
            "",
            "What the payer is told, by the code of our answer:",
            "",
            *_texts({code: PROBLEMS[code] for code in codes}, "code"),
        ]
    )


def written(page: str) -> str:
    """The page with the catalogue as it is now."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{printed()}\n{END}{rest.partition(END)[2]}"


def _rows() -> list[str]:
    lines = []
    for call, otherwise in OTHERWISE.items():
        known = [(str(code), meaning) for (of, code), meaning in MEANINGS.items() if of is call]
        lines += [_row(call, code, meaning) for code, meaning in [*known, ("any other", otherwise)]]
    return lines


def _row(call: str, code: str, meaning: Meaning) -> str:
    again = "may succeed" if meaning.may_repeat else "no"
    return f"| {call} | {code} | `{meaning.reason}` | {_answer(meaning.code)} | {again} |"


def _answer(code: str | None) -> str:
    if code is None:
        return "no error: the outcome is found out by asking"
    refusal = next(kind for kind in vars(errors).values() if getattr(kind, "code", None) == code)
    return f"{status_of(refusal)} `{code}`"


def _texts(table: dict[Reason, Text] | dict[str, Text], name: str) -> list[str]:
    rows = [f"| `{word}` | {text.en} | {text.ru} | {text.uz} |" for word, text in table.items()]
    return [f"| {name} | English | Russian | Uzbek |", "| --- | --- | --- | --- |", *rows]


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
